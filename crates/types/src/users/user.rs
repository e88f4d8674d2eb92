//! A user as the wire tells it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{EmailAddress, PhoneNumber, Web3Wallet};
use crate::UserId;
use crate::metadata::Metadata;

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
