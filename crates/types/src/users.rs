//! Users.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::metadata::Metadata;
use crate::page::{OrderBy, order_fields};
use crate::{Patch, UserId};

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// The user's id (`user_…`).
    pub id: UserId,
    /// Always `user`.
    pub object: String,
    /// The id that another system gave the user, unique in the instance.
    pub external_id: Option<String>,
    /// The id of the e-mail address that counts.
    pub primary_email_address_id: Option<String>,
    /// The id of the phone number that counts.
    pub primary_phone_number_id: Option<String>,
    /// The id of the web3 wallet that counts.
    pub primary_web3_wallet_id: Option<String>,
    /// The username, unique in the instance without regard to case.
    pub username: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The language the user prefers.
    #[serde(default)]
    pub locale: Option<String>,
    /// The same as `image_url`, kept for older clients.
    #[serde(default)]
    pub profile_image_url: String,
    /// Where the user's picture is.
    #[serde(default)]
    pub image_url: String,
    /// Whether the picture was uploaded; false for a drawn default.
    pub has_image: bool,
    /// Metadata that frontends may read.
    #[serde(default)]
    pub public_metadata: Metadata,
    /// Metadata that only backends see.
    #[serde(default)]
    pub private_metadata: Option<Metadata>,
    /// Metadata that frontends may read and write.
    #[serde(default)]
    pub unsafe_metadata: Metadata,
    /// Every e-mail address.
    pub email_addresses: Vec<EmailAddress>,
    /// Every phone number.
    pub phone_numbers: Vec<PhoneNumber>,
    /// Every web3 wallet.
    pub web3_wallets: Vec<Web3Wallet>,
    /// Every passkey, as sent.
    pub passkeys: Vec<Value>,
    /// Whether the user has a password.
    pub password_enabled: bool,
    /// Whether a second factor is set up.
    pub two_factor_enabled: bool,
    /// Whether one-time codes of an app are set up.
    pub totp_enabled: bool,
    /// Whether backup codes are set up.
    pub backup_code_enabled: bool,
    /// When a second factor was set up, in Unix milliseconds.
    pub mfa_enabled_at: Option<i64>,
    /// When the second factor was removed, in Unix milliseconds.
    pub mfa_disabled_at: Option<i64>,
    /// When the password last changed, in Unix milliseconds.
    #[serde(default)]
    pub password_last_updated_at: Option<i64>,
    /// Accounts at other providers, as sent.
    pub external_accounts: Vec<Value>,
    /// SAML accounts, as sent.
    pub saml_accounts: Vec<Value>,
    /// Enterprise accounts, as sent.
    pub enterprise_accounts: Vec<Value>,
    /// When the user last signed in, in Unix milliseconds.
    pub last_sign_in_at: Option<i64>,
    /// Whether the user may not sign in.
    pub banned: bool,
    /// Whether sign-in is blocked for a while.
    pub locked: bool,
    /// How long that block lasts, in seconds.
    pub lockout_expires_in_seconds: Option<i64>,
    /// How many failed attempts remain before a block.
    pub verification_attempts_remaining: Option<i64>,
    /// When the user last changed, in Unix milliseconds.
    pub updated_at: i64,
    /// When the user was created, in Unix milliseconds.
    pub created_at: i64,
    /// Whether users may delete their own account.
    pub delete_self_enabled: bool,
    /// Whether the user may create organizations.
    pub create_organization_enabled: bool,
    /// How many organizations the user may create.
    #[serde(default)]
    pub create_organizations_limit: Option<i64>,
    /// When the user was last active, in Unix milliseconds.
    pub last_active_at: Option<i64>,
    /// When the user accepted the terms, in Unix milliseconds.
    pub legal_accepted_at: Option<i64>,
    /// Whether sign-ins from new devices skip the extra check.
    #[serde(default)]
    pub bypass_client_trust: bool,
}

/// An e-mail address of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EmailAddress {
    /// The id of the address (`idn_…`).
    pub id: String,
    /// Always `email_address`.
    pub object: String,
    /// The address, as it was given.
    pub email_address: String,
    /// Whether it is held for the user without being verified.
    pub reserved: bool,
    /// How it was verified.
    pub verification: Option<Verification>,
    /// Other ways to sign in that are tied to it, as sent.
    pub linked_to: Vec<Value>,
    /// Whether its domain belongs to a single sign-on connection.
    #[serde(default)]
    pub matches_sso_connection: bool,
    /// When it was added, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// A phone number of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhoneNumber {
    /// The id of the number (`idn_…`).
    pub id: String,
    /// Always `phone_number`.
    pub object: String,
    /// The number in E.164 form, for example `+15555550100`.
    pub phone_number: String,
    /// Whether codes of the second factor go to it.
    #[serde(default)]
    pub reserved_for_second_factor: bool,
    /// Whether it is the first choice for the second factor.
    #[serde(default)]
    pub default_second_factor: bool,
    /// Whether it is held for the user without being verified.
    pub reserved: bool,
    /// How it was verified.
    pub verification: Option<Verification>,
    /// Other ways to sign in that are tied to it, as sent.
    pub linked_to: Vec<Value>,
    /// Backup codes, where the answer shows them.
    #[serde(default)]
    pub backup_codes: Option<Vec<String>>,
    /// When it was added, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// A web3 wallet of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Web3Wallet {
    /// The id of the wallet (`idn_…`).
    pub id: String,
    /// Always `web3_wallet`.
    pub object: String,
    /// Its address.
    pub web3_wallet: String,
    /// How it was verified.
    pub verification: Option<Verification>,
    /// When it was added, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// How an address was verified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verification {
    /// Which kind of verification this is, for example `verification_admin`.
    #[serde(default)]
    pub object: Option<String>,
    /// How far it is, for example `verified`.
    pub status: String,
    /// By what means, for example `admin`.
    pub strategy: String,
    /// How often it was tried.
    #[serde(default)]
    pub attempts: Option<i64>,
    /// When it expires, in Unix milliseconds.
    #[serde(default)]
    pub expire_at: Option<i64>,
}

impl EmailAddress {
    /// An address with the given verification, added at `at` (Unix milliseconds).
    pub fn new(id: String, email_address: String, verification: Verification, at: i64) -> Self {
        Self {
            id,
            object: "email_address".to_owned(),
            email_address,
            reserved: !verification.is_verified(),
            verification: Some(verification),
            linked_to: Vec::new(),
            matches_sso_connection: false,
            created_at: at,
            updated_at: at,
        }
    }
}

impl PhoneNumber {
    /// A number with the given verification, added at `at` (Unix milliseconds).
    pub fn new(id: String, phone_number: String, verification: Verification, at: i64) -> Self {
        Self {
            id,
            object: "phone_number".to_owned(),
            phone_number,
            reserved_for_second_factor: false,
            default_second_factor: false,
            reserved: !verification.is_verified(),
            verification: Some(verification),
            linked_to: Vec::new(),
            backup_codes: None,
            created_at: at,
            updated_at: at,
        }
    }
}

impl Web3Wallet {
    /// A wallet that an administrator vouched for, added at `at` (Unix milliseconds).
    pub fn new(id: String, web3_wallet: String, at: i64) -> Self {
        Self {
            id,
            object: "web3_wallet".to_owned(),
            web3_wallet,
            verification: Some(Verification::admin()),
            created_at: at,
            updated_at: at,
        }
    }
}

impl Verification {
    /// An administrator vouched for the address.
    pub fn admin() -> Self {
        Self {
            object: Some("verification_admin".to_owned()),
            status: "verified".to_owned(),
            strategy: "admin".to_owned(),
            attempts: None,
            expire_at: None,
        }
    }

    /// Nobody has verified the address yet; a code sent by `strategy` would.
    pub fn unverified(strategy: &str) -> Self {
        Self {
            object: Some("verification_otp".to_owned()),
            status: "unverified".to_owned(),
            strategy: strategy.to_owned(),
            attempts: None,
            expire_at: None,
        }
    }

    /// Tells whether the address counts as verified.
    pub fn is_verified(&self) -> bool {
        self.status == "verified"
    }
}

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
    /// Users last signed in before this instant, in Unix milliseconds.
    pub last_sign_in_at_before: Option<i64>,
    /// Users last signed in after this instant, in Unix milliseconds.
    pub last_sign_in_at_after: Option<i64>,
    /// The users after this one, by id; only in the order of `created_at`.
    pub starting_after: Option<String>,
}
