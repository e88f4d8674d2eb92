//! A Rust client for the Clerk Backend API: organization memberships, organizations and users, and
//! the sessions of requests.
//!
//! It speaks to api.clerk.com and to a self-hosted Guildhall alike; only the base URL differs. It
//! is for backends, which may hold a secret key: it signs nobody in.
//!
//! Start with [`Client`]; [`Client::organization_memberships`] leads to the calls about members.
//! [`TokenVerifier`] verifies the session tokens of requests where they arrive. The feature `axum`
//! makes [`VerifiedSession`] an extractor, the feature `tower` has a layer (`SessionLayer`) that lets
//! only those pass who have a role or a permission. A token tells what was so when it was made:
//! [`Client::check`] asks what is so now, where a removal has to count at once.
//! Errors are told by [`Error`], lists that do not fit a page are walked by [`Items`], and the
//! rules for sending a call again are at [`ClientBuilder::retries`].
//!
//! ```
//! use guildhall_sdk::{Client, CreateOrganization, CreateOrganizationMembership, CreateUser};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = guildhall_testing::TestServer::start().await;
//! # let (secret_key, base_url) = (server.secret_key().to_owned(), server.base_url());
//! let client = Client::builder(secret_key).base_url(base_url).build()?;
//!
//! let ada = client
//!     .users()
//!     .create(&CreateUser {
//!         email_address: vec!["ada@example.com".to_owned()],
//!         skip_password_requirement: Some(true),
//!         ..CreateUser::default()
//!     })
//!     .await?;
//! let organization =
//!     client.organizations().create(&CreateOrganization::new("Analytical Engines")).await?;
//!
//! let new = CreateOrganizationMembership::new(ada.id.as_str(), "org:member");
//! let membership = client.organization_memberships().create(&organization.id, &new).await?;
//!
//! assert_eq!(membership.role, "org:member");
//! assert!(client.organization_memberships().is_member(&organization.id, &ada.id).await?);
//! # Ok(())
//! # }
//! ```
#![warn(missing_docs)]

mod api_error;
mod base_url;
mod builder;
mod client;
mod error;
mod instance;
mod items;
mod link;
mod memberships;
mod organizations;
mod path;
mod permission_checks;
mod permissions;
mod request;
mod retry;
mod role_sets;
mod roles;
mod sessions;
mod users;
mod verify;
mod walk;

pub use api_error::ApiError;
pub use builder::{ClientBuilder, DEFAULT_BASE_URL};
pub use client::Client;
pub use error::{ConfigError, CursorError, Delivery, Error, ErrorKind};
#[doc(inline)]
pub use guildhall_types::{
    ActiveOrganization, AddRolesToRoleSet, ApiVersion, Check, CheckQuestion, CheckResult,
    ClaimInvalid, Code, CreateOrganization, CreateOrganizationMembership,
    CreateOrganizationPermission, CreateOrganizationRole, CreateRoleSet, CreateSession, CreateUser,
    DEFAULT_LIMIT, DeletedObject, Direction, EmailAddress, ErrorBody, GetOrganization, Instance,
    JsonWebKey, JsonWebKeySet, KeyedOrder, ListInstanceOrganizationMemberships, ListKeyed,
    ListOrganizationMemberships, ListOrganizations, ListSessions, ListUserOrganizationMemberships,
    ListUsers, MAX_CHECK_QUESTIONS, MAX_LIMIT, METADATA_LIMIT_BYTES, Metadata, Needed, OrderBy,
    Organization, OrganizationClaims, OrganizationId, OrganizationMembership,
    OrganizationMembershipId, OrganizationMembershipOrder, OrganizationOrder, OrganizationSettings,
    Page, Patch, Permission, PermissionId, PhoneNumber, PublicUserData, ReplaceRoleInRoleSet,
    ReplaceRoleSet, Role, RoleId, RoleSet, RoleSetId, RoleSetItem, RoleSetMigration, Session,
    SessionClaims, SessionId, Token, TotalCount, UpdateInstance, UpdateMetadata,
    UpdateOrganization, UpdateOrganizationMembership, UpdateOrganizationPermission,
    UpdateOrganizationRole, UpdateOrganizationSettings, UpdateRoleSet, UpdateUser,
    UpdateUserMetadata, User, UserId, UserOrder, Verification, Web3Wallet,
};
pub use instance::InstanceSettings;
pub use items::Items;
pub use memberships::OrganizationMemberships;
pub use organizations::Organizations;
pub use permissions::OrganizationPermissions;
pub use role_sets::RoleSets;
pub use roles::OrganizationRoles;
pub use secrecy::SecretString;
pub use sessions::Sessions;
pub use users::Users;
#[cfg(all(feature = "axum", feature = "tower"))]
pub use verify::LayerSession;
#[cfg(any(feature = "axum", feature = "tower"))]
pub use verify::SessionRejection;
pub use verify::{
    MOST_TOKEN_BYTES, TokenVerifier, TokenVerifierBuilder, VerifiedSession, VerifyError,
    session_token,
};
#[cfg(feature = "tower")]
pub use verify::{SessionLayer, SessionService};
