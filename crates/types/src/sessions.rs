//! Sessions, and the tokens that prove them.

use serde::{Deserialize, Serialize};

use crate::{OrganizationId, SessionId, UserId};

/// A session: somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// Always `session`.
    pub object: String,
    /// The session's id (`sess_…`).
    pub id: SessionId,
    /// The user who is signed in.
    pub user_id: UserId,
    /// The client that the session belongs to (`client_…`).
    pub client_id: String,
    /// `active`, `revoked`, `expired` or another status of the published API.
    pub status: String,
    /// The active organization, if there is one.
    #[serde(default)]
    pub last_active_organization_id: Option<OrganizationId>,
    /// When it was last used, in Unix milliseconds.
    pub last_active_at: i64,
    /// When it ends, in Unix milliseconds.
    pub expire_at: i64,
    /// When it counts as abandoned, in Unix milliseconds.
    pub abandon_at: i64,
    /// When it was created, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// Signs a user in, for tests: production instances refuse it unless the operator allows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreateSession {
    /// The user.
    pub user_id: UserId,
    /// The active organization; when `None` what the user was set to or joined last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_organization_id: Option<OrganizationId>,
}

impl CreateSession {
    /// Signs a user in.
    pub fn new(user_id: impl Into<UserId>) -> Self {
        Self { user_id: user_id.into(), active_organization_id: None }
    }
}

/// Which sessions to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ListSessions {
    /// How many to return: 1 to 500, 10 when `None`.
    pub limit: Option<u32>,
    /// How many to skip.
    pub offset: Option<u64>,
    /// Those of a client.
    pub client_id: Option<String>,
    /// Those of a user.
    pub user_id: Option<String>,
    /// Those of a status.
    pub status: Option<String>,
}

/// A signed token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Always `token`.
    pub object: String,
    /// The token itself.
    pub jwt: String,
}

/// The keys that verify the session tokens of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JsonWebKeySet {
    /// The keys; the first one signs.
    pub keys: Vec<JsonWebKey>,
}

/// A public key that verifies session tokens (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JsonWebKey {
    /// Its id, which tokens name in their header.
    pub kid: String,
    /// The algorithm, `RS256`.
    pub alg: String,
    /// What it is for, `sig`.
    pub r#use: String,
    /// The kind of key, `RSA`.
    pub kty: String,
    /// The modulus, in base64url.
    pub n: String,
    /// The exponent, in base64url.
    pub e: String,
}
