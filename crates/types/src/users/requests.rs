//! What requests say about users.

use serde::Serialize;

use crate::Patch;
use crate::metadata::Metadata;
use crate::page::{OrderBy, order_fields};

/// Makes a user; every field is optional.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CreateUser {
    /// The id that another system gave the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The language the user prefers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// E-mail addresses; the first becomes the primary one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub email_address: Vec<String>,
    /// For each e-mail address `verified` (when absent) or `reserved`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub email_address_identification_status: Vec<String>,
    /// Phone numbers in E.164 form; the first becomes the primary one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phone_number: Vec<String>,
    /// For each phone number `verified` (when absent) or `reserved`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phone_number_identification_status: Vec<String>,
    /// Web3 wallet addresses; the first becomes the primary one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub web3_wallet: Vec<String>,
    /// The username.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password in plain text, 8 to 72 bytes; only a hash of it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Takes the password as it is, however weak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_password_checks: Option<bool>,
    /// Lets a user without a password be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_password_requirement: Option<bool>,
    /// Metadata that frontends may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<Metadata>,
    /// Metadata that only backends see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<Metadata>,
    /// Metadata that frontends may read and write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsafe_metadata: Option<Metadata>,
    /// Whether the user may delete the own account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_self_enabled: Option<bool>,
    /// Whether the user may create organizations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_organization_enabled: Option<bool>,
    /// How many organizations the user may create.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_organizations_limit: Option<i64>,
    /// When the user accepted the terms, as RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_accepted_at: Option<String>,
    /// When the user was created, as RFC 3339; now when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Whether sign-ins from new devices skip the extra check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypass_client_trust: Option<bool>,
    /// Whether the user may not sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banned: Option<bool>,
    /// Whether sign-in is blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
}

/// Changes a user; what is not set stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UpdateUser {
    /// The id that another system gave the user.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub external_id: Patch<String>,
    /// The first name.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub first_name: Patch<String>,
    /// The last name.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub last_name: Patch<String>,
    /// The language the user prefers.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub locale: Patch<String>,
    /// The id of the e-mail address that is to count; it must be verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_email_address_id: Option<String>,
    /// The id of the phone number that is to count; it must be verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_phone_number_id: Option<String>,
    /// The id of the web3 wallet that is to count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_web3_wallet_id: Option<String>,
    /// The username.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub username: Patch<String>,
    /// The password in plain text, 8 to 72 bytes; only a hash of it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Takes the password as it is, however weak.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_password_checks: Option<bool>,
    /// Whether the user may delete the own account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_self_enabled: Option<bool>,
    /// Whether the user may create organizations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_organization_enabled: Option<bool>,
    /// How many organizations the user may create.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub create_organizations_limit: Patch<i64>,
    /// When the user accepted the terms, as RFC 3339.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub legal_accepted_at: Patch<String>,
    /// When the user was created, as RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Whether sign-ins from new devices skip the extra check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypass_client_trust: Option<bool>,
    /// Replaces the public metadata; refused from API version 2026-05-12 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<Metadata>,
    /// Replaces the private metadata; refused from API version 2026-05-12 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<Metadata>,
    /// Replaces the unsafe metadata; refused from API version 2026-05-12 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsafe_metadata: Option<Metadata>,
}

order_fields! {
    /// What users can be sorted by.
    UserOrder {
        /// When the user was created.
        CreatedAt = "created_at",
        /// When the user last changed.
        UpdatedAt = "updated_at",
        /// The primary e-mail address.
        EmailAddress = "email_address",
        /// The primary web3 wallet.
        Web3Wallet = "web3wallet",
        /// The first name.
        FirstName = "first_name",
        /// The last name.
        LastName = "last_name",
        /// The primary phone number.
        PhoneNumber = "phone_number",
        /// The username.
        Username = "username",
        /// When the user was last active.
        LastActiveAt = "last_active_at",
        /// When the user last signed in.
        LastSignInAt = "last_sign_in_at",
    }
}

/// Which users to list or count, and how.
///
/// The rules are those of [`ListOrganizationMemberships`](crate::ListOrganizationMemberships).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ListUsers {
    /// How many to return: 1 to 500, 10 when `None`.
    pub limit: Option<u32>,
    /// How many to skip.
    pub offset: Option<u64>,
    /// The order; newest first when `None`.
    pub order_by: Option<OrderBy<UserOrder>>,
    /// Whole e-mail addresses, in any case; any address of the user counts.
    pub email_address: Vec<String>,
    /// Whole phone numbers.
    pub phone_number: Vec<String>,
    /// External ids to include, or with `-` in front to exclude.
    pub external_id: Vec<String>,
    /// Whole usernames.
    pub username: Vec<String>,
    /// Whole web3 wallet addresses.
    pub web3_wallet: Vec<String>,
    /// Ids of users to include, or with `-` in front to exclude.
    pub user_id: Vec<String>,
    /// Ids of organizations the user must be in, or with `-` in front must not.
    pub organization_id: Vec<String>,
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
    /// Only banned users, or only others.
    pub banned: Option<bool>,
    /// Users created before this instant, in Unix milliseconds.
    pub created_at_before: Option<i64>,
    /// Users created after this instant, in Unix milliseconds.
    pub created_at_after: Option<i64>,
    /// Users last active before this instant, in Unix milliseconds.
    pub last_active_at_before: Option<i64>,
    /// Users last active after this instant, in Unix milliseconds.
    pub last_active_at_after: Option<i64>,
    /// Users last active at this instant, in Unix milliseconds, or after it.
    pub last_active_at_since: Option<i64>,
    /// The name of another provider that users have an account at.
    pub provider: Option<String>,
    /// Ids of users at that provider; they go with `provider`.
    pub provider_user_id: Vec<String>,
    /// Users last signed in before this instant, in Unix milliseconds.
    pub last_sign_in_at_before: Option<i64>,
    /// Users last signed in after this instant, in Unix milliseconds.
    pub last_sign_in_at_after: Option<i64>,
    /// The users after this one, by id; only in the order of `created_at`.
    pub starting_after: Option<String>,
}
