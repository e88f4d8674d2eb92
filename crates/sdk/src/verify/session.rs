//! What a verified token tells.

use std::fmt;
use std::sync::Arc;

use guildhall_types::{ActiveOrganization, SessionId, UserId};
use serde_json::{Map, Value};

use super::VerifyError;
use super::claims::{required_text, seconds, text, whole};

/// A session that a token has proved: who is signed in, and what they may do in the organization
/// that is active. Cheap to clone.
///
/// It is as old as its token, which is good for a minute unless it was made for longer, and for the
/// leeway of the verifier: that somebody was removed from an organization is told by the next token.
/// Where it has to count at once, ask by [`Client::check`](crate::Client::check). [`TokenVerifier`](crate::TokenVerifier) makes it; with the feature
/// `axum` it is an extractor.
#[derive(Clone)]
#[non_exhaustive]
pub struct VerifiedSession {
    /// The user who is signed in.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
    /// The status of the session; `active` where the token tells none.
    pub status: String,
    /// The active organization, if there is one.
    pub organization: Option<Arc<ActiveOrganization>>,
    /// Who made the token.
    pub issuer: Option<String>,
    /// The origin of the page that the token was made for.
    pub authorized_party: Option<String>,
    /// When the token was made, in Unix seconds.
    pub issued_at: Option<i64>,
    /// From when on the token is no longer valid, in Unix seconds.
    pub expires_at: i64,
    claims: Arc<Map<String, Value>>,
}

impl VerifiedSession {
    pub(super) fn read(claims: Map<String, Value>) -> Result<Self, VerifyError> {
        let owned = |name| text(&claims, name).map(|text| text.map(str::to_owned));
        Ok(Self {
            user_id: required_text(&claims, "sub")?.into(),
            // Tokens of other kinds are signed by the same keys, and have none.
            session_id: required_text(&claims, "sid")?.into(),
            status: owned("sts")?.unwrap_or_else(|| "active".to_owned()),
            organization: ActiveOrganization::from_claims(&claims)?.map(Arc::new),
            issuer: owned("iss")?,
            authorized_party: owned("azp")?,
            issued_at: seconds(&claims, "iat")?.map(whole),
            expires_at: seconds(&claims, "exp")?.map(whole).unwrap_or_default(),
            claims: Arc::new(claims),
        })
    }

    /// The id of the active organization.
    pub fn organization_id(&self) -> Option<&str> {
        self.organization.as_ref().map(|organization| organization.id.as_str())
    }

    /// Tells whether the user has `role` in the active organization; it may stand with or without
    /// `org:`.
    pub fn has_role(&self, role: &str) -> bool {
        self.organization.as_ref().is_some_and(|organization| organization.has_role(role))
    }

    /// Tells whether the user has `permission` in the active organization; it may stand with or
    /// without `org:`.
    ///
    /// It is what the token says; [`Client::check`](crate::Client::check) asks what is so now, where a
    /// removal has to count at once. Tokens tell no permission of the system (`org:sys_…`), so this
    /// is never true of one; `check` knows these too.
    pub fn has_permission(&self, permission: &str) -> bool {
        let organization = self.organization.as_ref();
        organization.is_some_and(|organization| organization.has_permission(permission))
    }

    /// All claims of the token, those that an application added to it included.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

impl fmt::Debug for VerifiedSession {
    /// Leaves out the claims, which may hold what does not belong into logs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VerifiedSession")
            .field("user_id", &self.user_id)
            .field("session_id", &self.session_id)
            .field("status", &self.status)
            .field("organization", &self.organization)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
