//! The wire language of Guildhall, compatible with the Clerk Backend API.
//!
//! Request and response structs, ids, paging and the error table, shared by the server and by
//! `guildhall-sdk`. It holds no behaviour beyond reading and writing JSON: what may happen is
//! decided in `guildhall-rules`. Start with [`OrganizationMembership`] and [`Code`].
#![warn(missing_docs)]

mod active_organization;
mod claims;
mod codes;
mod first_claims;
mod ids;
mod instance;
mod memberships;
mod metadata;
mod organizations;
mod page;
mod patch;
mod permission_checks;
mod permissions;
mod role_sets;
mod roles;
mod sessions;
mod settings;
mod users;
mod version;

pub use active_organization::{ActiveOrganization, ClaimInvalid};
pub use claims::{OrganizationClaims, SessionClaims};
pub use codes::{Code, ErrorBody, Errors, Fault};
pub use first_claims::FirstSessionClaims;
pub use ids::{
    OrganizationId, OrganizationMembershipId, PermissionId, RoleId, RoleSetId, SessionId, UserId,
};
pub use instance::UpdateInstance;
pub use memberships::{
    CreateOrganizationMembership, ListInstanceOrganizationMemberships, ListOrganizationMemberships,
    ListUserOrganizationMemberships, OrganizationMembership, OrganizationMembershipOrder,
    PublicUserData, UpdateOrganizationMembership,
};
pub use metadata::{METADATA_LIMIT_BYTES, Metadata, UpdateMetadata, UpdateUserMetadata};
pub use organizations::{
    CreateOrganization, GetOrganization, ListOrganizations, Organization, OrganizationOrder,
    UpdateOrganization,
};
pub use page::{DEFAULT_LIMIT, DeletedObject, Direction, MAX_LIMIT, OrderBy, Page, TotalCount};
pub use patch::Patch;
pub use permission_checks::{Check, CheckQuestion, CheckResult, MAX_CHECK_QUESTIONS, Needed};
pub use permissions::{
    CreateOrganizationPermission, KeyedOrder, ListKeyed, Permission, UpdateOrganizationPermission,
};
pub use role_sets::{
    AddRolesToRoleSet, CreateRoleSet, ReplaceRoleInRoleSet, ReplaceRoleSet, RoleSet, RoleSetItem,
    RoleSetMigration, UpdateRoleSet,
};
pub use roles::{CreateOrganizationRole, Role, UpdateOrganizationRole};
pub use sessions::{CreateSession, JsonWebKey, JsonWebKeySet, ListSessions, Session, Token};
pub use settings::{Instance, OrganizationSettings, UpdateOrganizationSettings};
pub use users::{
    CreateUser, EmailAddress, ListUsers, PhoneNumber, UpdateUser, User, UserOrder, Verification,
    Web3Wallet,
};
pub use version::ApiVersion;
