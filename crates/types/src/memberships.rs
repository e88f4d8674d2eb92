//! Memberships of users in organizations.

use serde::{Deserialize, Serialize};

use crate::metadata::Metadata;
use crate::page::{OrderBy, order_fields};
use crate::{Organization, OrganizationMembershipId, UserId};

/// A user's membership in an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganizationMembership {
    /// The membership's own id (`orgmem_…`).
    pub id: OrganizationMembershipId,
    /// Always `organization_membership`.
    pub object: String,
    /// The key of the role, for example `org:admin`.
    pub role: String,
    /// The name of the role for people, for example `Admin`.
    #[serde(default)]
    pub role_name: Option<String>,
    /// The keys of all permissions that the role grants.
    #[serde(default, deserialize_with = "null_as_default")]
    pub permissions: Vec<String>,
    /// Metadata that frontends may read.
    pub public_metadata: Metadata,
    /// Metadata that only backends see.
    #[serde(default)]
    pub private_metadata: Metadata,
    /// The organization.
    pub organization: Organization,
    /// What others in the organization may see of the user.
    #[serde(default)]
    pub public_user_data: Option<PublicUserData>,
    /// When the user joined, in Unix milliseconds.
    pub created_at: i64,
    /// When the membership last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// What others in the organization may see of a user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublicUserData {
    /// The user's id.
    pub user_id: UserId,
    /// The user's first name.
    pub first_name: Option<String>,
    /// The user's last name.
    pub last_name: Option<String>,
    /// The same as `image_url`, kept for older clients.
    #[serde(default)]
    pub profile_image_url: Option<String>,
    /// Where the user's picture is.
    pub image_url: String,
    /// Whether the picture was uploaded; false for a drawn default.
    pub has_image: bool,
    /// The primary e-mail address, else phone number, else username, else web3 wallet.
    #[serde(default)]
    pub identifier: Option<String>,
    /// The username.
    #[serde(default)]
    pub username: Option<String>,
    /// Whether the user may not sign in.
    #[serde(default)]
    pub banned: bool,
    /// Whether an identity provider has withdrawn the account.
    #[serde(default)]
    pub deprovisioned: bool,
}

fn null_as_default<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    // Upstream has answered null for the permissions of a role that grants none.
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Adds a user to an organization.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CreateOrganizationMembership {
    /// The user to add, of the same instance and not yet a member.
    pub user_id: UserId,
    /// The key of the role to give, for example `org:member`.
    pub role: String,
    /// Metadata that frontends may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<Metadata>,
    /// Metadata that only backends see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<Metadata>,
}

impl CreateOrganizationMembership {
    /// Adds `user_id` with the role `role` and no metadata.
    pub fn new(user_id: impl Into<UserId>, role: impl Into<String>) -> Self {
        Self {
            user_id: user_id.into(),
            role: role.into(),
            public_metadata: None,
            private_metadata: None,
        }
    }
}

/// Gives a member another role.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UpdateOrganizationMembership {
    /// The key of the role to give, for example `org:admin`.
    pub role: String,
}

impl UpdateOrganizationMembership {
    /// Gives the role `role`.
    pub fn new(role: impl Into<String>) -> Self {
        Self { role: role.into() }
    }
}

order_fields! {
    /// What memberships can be sorted by.
    OrganizationMembershipOrder {
        /// The primary phone number of the user.
        PhoneNumber = "phone_number",
        /// The primary e-mail address of the user.
        EmailAddress = "email_address",
        /// When the user joined.
        CreatedAt = "created_at",
        /// The first name of the user.
        FirstName = "first_name",
        /// The last name of the user.
        LastName = "last_name",
        /// The username.
        Username = "username",
    }
}

/// Which members of an organization to list, and how.
///
/// Conditions on different fields all apply; of several values of one field any may match.
/// Values that do not exist match nothing. At most 100 values a field.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ListOrganizationMemberships {
    /// How many to return: 1 to 500, 10 when `None`.
    pub limit: Option<u32>,
    /// How many to skip.
    pub offset: Option<u64>,
    /// The order; newest first when `None`.
    pub order_by: Option<OrderBy<OrganizationMembershipOrder>>,
    /// Ids of users to include, or with `-` in front to exclude.
    pub user_id: Vec<String>,
    /// Whole e-mail addresses, in any case; any address of the user counts.
    pub email_address: Vec<String>,
    /// Whole phone numbers.
    pub phone_number: Vec<String>,
    /// Whole usernames.
    pub username: Vec<String>,
    /// Whole web3 wallet addresses.
    pub web3_wallet: Vec<String>,
    /// Keys of roles.
    pub role: Vec<String>,
    /// Part of an e-mail address, phone number, username, web3 wallet, user id, first or last name.
    pub query: Option<String>,
    /// Part of an e-mail address.
    pub email_address_query: Option<String>,
    /// Part of a phone number.
    pub phone_number_query: Option<String>,
    /// Part of a username.
    pub username_query: Option<String>,
    /// Part of the first or last name.
    pub name_query: Option<String>,
    /// Users last active before this instant, in Unix milliseconds.
    pub last_active_at_before: Option<i64>,
    /// Users last active after this instant, in Unix milliseconds.
    pub last_active_at_after: Option<i64>,
    /// Users created before this instant, in Unix milliseconds.
    pub created_at_before: Option<i64>,
    /// Users created after this instant, in Unix milliseconds.
    pub created_at_after: Option<i64>,
    /// An addition of Guildhall: the members after this one in the order, by the id of the membership
    /// or by what a `Link` header gave.
    pub starting_after: Option<String>,
    /// An addition of Guildhall: the members before this one in the order, likewise.
    pub ending_before: Option<String>,
}

/// Which memberships of the whole instance to list.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ListInstanceOrganizationMemberships {
    /// How many to return: 1 to 500, 10 when `None`.
    pub limit: Option<u32>,
    /// How many to skip.
    pub offset: Option<u64>,
    /// The order; newest first when `None`.
    pub order_by: Option<OrderBy<OrganizationMembershipOrder>>,
    /// An addition of Guildhall: the members after this one in the order, by the id of the membership
    /// or by what a `Link` header gave.
    pub starting_after: Option<String>,
    /// An addition of Guildhall: the members before this one in the order, likewise.
    pub ending_before: Option<String>,
}

/// Which memberships of one user to list.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ListUserOrganizationMemberships {
    /// How many to return: 1 to 500, 10 when `None`.
    pub limit: Option<u32>,
    /// How many to skip.
    pub offset: Option<u64>,
    /// The order; newest first when `None`. All rows are of one user, so that other fields than
    /// `created_at` only tell the direction.
    pub order_by: Option<OrderBy<OrganizationMembershipOrder>>,
    /// An addition of Guildhall: the members after this one in the order, by the id of the membership
    /// or by what a `Link` header gave.
    pub starting_after: Option<String>,
    /// An addition of Guildhall: the members before this one in the order, likewise.
    pub ending_before: Option<String>,
}
