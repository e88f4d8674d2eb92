//! What a session token says in version 1 of its claims.

use serde::{Deserialize, Serialize};

use crate::{OrganizationId, SessionId, UserId};

/// The claims of a session token in version 1, which names no version. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstSessionClaims {
    /// The origin of the page that the token was made for, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
    /// From when on the token is no longer valid.
    pub exp: i64,
    /// How many minutes ago the first and the second factor were verified; -1 for never.
    #[serde(default)]
    pub fva: [i64; 2],
    /// When the token was made.
    pub iat: i64,
    /// Who made it.
    pub iss: String,
    /// From when on the token is valid.
    pub nbf: i64,
    /// The active organization; where there is none, its three neighbours are absent as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<OrganizationId>,
    /// The keys of the permissions that the user has there, without those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_permissions: Option<Vec<String>>,
    /// The key of the role that the user has there, `org:` included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_role: Option<String>,
    /// The slug of the organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_slug: Option<String>,
    /// The session.
    pub sid: SessionId,
    /// The user.
    pub sub: UserId,
}
