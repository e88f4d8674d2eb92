//! The client: what every call shares.

use std::fmt;
use std::sync::Arc;

use guildhall_types::ApiVersion;
use secrecy::SecretString;

use crate::base_url::BaseUrl;
use crate::builder::ClientBuilder;
use crate::instance::InstanceSettings;
use crate::memberships::OrganizationMemberships;
use crate::organizations::Organizations;
use crate::permissions::OrganizationPermissions;
use crate::request::Transport;
use crate::role_sets::RoleSets;
use crate::roles::OrganizationRoles;
use crate::sessions::Sessions;
use crate::users::Users;
use crate::{ConfigError, Error};

/// A client of the Backend API, for api.clerk.com and for Guildhall alike.
///
/// Cheap to clone; clones share their connections. It needs a Tokio runtime. Redirects are not
/// followed: one would turn a `POST` into a `GET` and show the secret key to another server.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
}

/// What all clones of a client have in common.
pub(crate) struct Shared {
    pub(crate) transport: Transport,
    pub(crate) base_url: BaseUrl,
    pub(crate) api_version: ApiVersion,
}

impl Client {
    /// A client of api.clerk.com.
    ///
    /// `secret_key` is the instance's secret key (`sk_…`).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when the key is empty or cannot be sent in a header.
    pub fn new(secret_key: impl Into<SecretString>) -> Result<Self, Error> {
        Self::builder(secret_key).build()
    }

    /// A client set up by the environment.
    ///
    /// `CLERK_SECRET_KEY` is the secret key. `CLERK_API_URL` is the base URL, read by the rule at
    /// [`ClientBuilder::base_url`]; api.clerk.com when it is not set or empty.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when the key is missing or either variable cannot be used.
    pub fn from_env() -> Result<Self, Error> {
        let secret_key = variable("CLERK_SECRET_KEY")?.ok_or(ConfigError::SecretKeyMissing)?;
        let mut builder = Self::builder(secret_key);
        if let Some(base_url) = variable("CLERK_API_URL")? {
            builder = builder.base_url(base_url);
        }
        builder.build()
    }

    /// Begins a client that differs from [`Client::new`] in something.
    pub fn builder(secret_key: impl Into<SecretString>) -> ClientBuilder {
        ClientBuilder::new(secret_key.into())
    }

    /// Calls about memberships of users in organizations.
    pub fn organization_memberships(&self) -> OrganizationMemberships<'_> {
        OrganizationMemberships { client: self }
    }

    /// Calls about organizations.
    pub fn organizations(&self) -> Organizations<'_> {
        Organizations { client: self }
    }

    /// Calls about roles of members.
    pub fn organization_roles(&self) -> OrganizationRoles<'_> {
        OrganizationRoles { client: self }
    }

    /// Calls about permissions, which roles grant.
    pub fn organization_permissions(&self) -> OrganizationPermissions<'_> {
        OrganizationPermissions { client: self }
    }

    /// Calls about role sets: which roles the members of an organization may get.
    pub fn role_sets(&self) -> RoleSets<'_> {
        RoleSets { client: self }
    }

    /// Calls about sessions, their active organization and their tokens.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions { client: self }
    }

    /// Calls about the instance of the secret key, and what it has set.
    pub fn instance(&self) -> InstanceSettings<'_> {
        InstanceSettings { client: self }
    }

    /// Calls about users.
    pub fn users(&self) -> Users<'_> {
        Users { client: self }
    }

    /// The address all calls go to, without a slash at the end; it ends in `/v1`.
    pub fn base_url(&self) -> &str {
        self.shared.base_url.as_str()
    }
}

impl fmt::Debug for Client {
    /// Shows everything but the secret key.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("api_version", &self.shared.api_version)
            .field("timeout", &self.shared.transport.timeout)
            .field("retries", &self.shared.transport.policy.attempts)
            .finish_non_exhaustive()
    }
}

/// The value of an environment variable; an empty one counts as not set.
pub(crate) fn variable(name: &'static str) -> Result<Option<String>, ConfigError> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(ConfigError::VariableInvalid { name }),
    }
}
