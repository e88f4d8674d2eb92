//! The addresses of a user, and how they were verified.

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
