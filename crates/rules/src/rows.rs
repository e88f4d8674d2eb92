//! The rows that rules look at.

use std::sync::Arc;

use crate::text;

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its row.
    pub key: i64,
    /// Its id on the wire.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// The row of its role set.
    pub role_set: i64,
    /// The key of its role set.
    pub role_set_key: String,
    /// The most members it may have; 0 for no limit.
    pub max_allowed_memberships: i64,
    /// Whether its admins may delete it.
    pub admin_delete_enabled: bool,
    /// The id of the user who created it.
    pub created_by: Option<String>,
    /// When it was created, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
    /// Metadata that frontends may read, as compact JSON.
    pub public_metadata: String,
    /// Metadata that only backends see, as compact JSON.
    pub private_metadata: String,
}

impl Organization {
    /// At most two letters that stand for it in its picture.
    pub fn initials(&self) -> String {
        text::initials(&[&self.name])
    }
}

/// A user: what the wire shows, and what it never shows.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The row.
    pub key: i64,
    /// What the wire shows; the addresses of pictures are filled in when answering.
    pub profile: guildhall_types::User,
    /// The hash of the password, if there is one.
    pub password_hash: Option<String>,
}

/// A user's membership in an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Its row; tells when the user joined.
    pub key: i64,
    /// Its id on the wire.
    pub id: String,
    /// The row of the organization.
    pub organization: i64,
    /// The row of the user.
    pub user: i64,
    /// The row of the role.
    pub role: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
    /// Metadata that frontends may read, as compact JSON.
    pub public_metadata: String,
    /// Metadata that only backends see, as compact JSON.
    pub private_metadata: String,
}

/// A role that members can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its row.
    pub row: i64,
    /// Its key on the wire, for example `org:admin`.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// The keys of the permissions it grants.
    pub permissions: Vec<String>,
}

/// What memberships show of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCard {
    /// The user's id on the wire.
    pub id: String,
    /// At most two letters that stand for the user in the picture.
    pub initials: String,
    /// `public_user_data` as JSON, without the addresses of pictures.
    pub json: String,
}

/// A membership with all that an answer tells around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipView {
    /// The membership.
    pub membership: Membership,
    /// Its role.
    pub role: Arc<Role>,
    /// Its organization.
    pub organization: Arc<Organization>,
    /// Its user.
    pub user: Arc<UserCard>,
}

/// A user as answers tell it: ready JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserView {
    /// The user's id on the wire.
    pub id: String,
    /// At most two letters that stand for the user in the picture.
    pub initials: String,
    /// All that the wire shows, without metadata and the addresses of pictures.
    pub document: String,
    /// Metadata that frontends may read, as compact JSON.
    pub public_metadata: String,
    /// Metadata that only backends see, as compact JSON.
    pub private_metadata: String,
    /// Metadata that frontends may read and write, as compact JSON.
    pub unsafe_metadata: String,
}

/// What is unique to one user of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierKind {
    /// An e-mail address.
    EmailAddress,
    /// A phone number.
    PhoneNumber,
    /// A username.
    Username,
    /// The address of a web3 wallet.
    Web3Wallet,
    /// The id another system gave the user.
    ExternalId,
}

impl IdentifierKind {
    /// The kind as the wire's parameter and the database call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmailAddress => "email_address",
            Self::PhoneNumber => "phone_number",
            Self::Username => "username",
            Self::Web3Wallet => "web3_wallet",
            Self::ExternalId => "external_id",
        }
    }
}

/// A value that at most one user of an instance has, in the form that is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// Its value, folded so that equal ones are equal byte for byte.
    pub value: String,
}

/// What an instance has set about organizations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationSettings {
    /// Whether there are organizations at all.
    pub enabled: bool,
    /// The limit on members that new organizations get; 0 for none.
    pub max_allowed_memberships: i64,
    /// How many roles there may be beside those that every instance begins with.
    pub max_allowed_roles: i64,
    /// How many role sets there may be.
    pub max_role_sets_allowed: i64,
    /// Whether admins may delete new organizations.
    pub admin_delete_enabled: bool,
    /// Whether requests may not name the slugs of organizations.
    pub slug_disabled: bool,
}

/// How the number of an organization's members in a role changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountDelta {
    /// The row of the organization.
    pub organization: i64,
    /// The row of the role.
    pub role: i64,
    /// By how many.
    pub by: i64,
    /// Whether the count before was not loaded: there is none, or nobody asked for it.
    pub is_new: bool,
}
