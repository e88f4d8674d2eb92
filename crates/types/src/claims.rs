//! What a session token says, in version 2 of its claims.

use serde::{Deserialize, Serialize};

use crate::{SessionId, UserId};

/// The claims of a session token. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClaims {
    /// The origin of the page that the token was made for, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
    /// From when on the token is no longer valid.
    pub exp: i64,
    /// The features that the user has permissions in, `o:` in front of each, separated by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fea: Option<String>,
    /// How many minutes ago the first and the second factor were verified; -1 for never.
    #[serde(default)]
    pub fva: [i64; 2],
    /// When the token was made.
    pub iat: i64,
    /// Who made it.
    pub iss: String,
    /// Names this token.
    #[serde(default)]
    pub jti: String,
    /// From when on the token is valid.
    pub nbf: i64,
    /// The active organization; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub o: Option<OrganizationClaims>,
    /// The session.
    pub sid: SessionId,
    /// The status of the session.
    #[serde(default)]
    pub sts: String,
    /// The user.
    pub sub: UserId,
    /// The version of the claims.
    #[serde(default)]
    pub v: i64,
}

/// What a token says of the active organization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationClaims {
    /// Its id.
    pub id: String,
    /// Its slug.
    pub slg: String,
    /// The key of the role of the user, without `org:`.
    pub rol: String,
    /// What the user may do in some feature, separated by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// For each feature which of the actions in `per` it is, as bits of a decimal number, the first
    /// action lowest; separated by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fpm: Option<String>,
}
