//! What an instance has set about itself.

use serde::{Deserialize, Serialize};

/// Changes what an instance has set about itself; what is `None` stays.
///
/// Guildhall keeps all of it, and none has an effect there: it signs nobody in and serves no page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateInstance {
    /// Whether test addresses may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_mode: Option<bool>,
    /// Whether passwords are looked up among those that were breached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hibp: Option<bool>,
    /// Whether mail comes from an address of the service; only early versions have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enhanced_email_deliverability: Option<bool>,
    /// Where users turn to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_email: Option<String>,
    /// The version of the script that pages load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clerk_js_version: Option<String>,
    /// Where pages are served from during development.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub development_origin: Option<String>,
    /// Where browser-like clients may come from: at most 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_origins: Option<Vec<String>>,
    /// Whether development does without third-party cookies; `url_based_session_syncing` now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookieless_dev: Option<bool>,
    /// Whether sessions are passed on by addresses during development.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_based_session_syncing: Option<bool>,
    /// `password` or `otp`: which way to sign in comes first where a password is required; empty for
    /// the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_sign_in_strategy_when_password_required: Option<String>,
}
