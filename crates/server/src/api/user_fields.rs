//! Reading what a request says about a user.

use guildhall_rules::users::{Contact, Create, NewMetadata, Update};
use guildhall_rules::{Identifier, IdentifierKind, contacts};
use guildhall_types::{ApiVersion, Code, Fault, Metadata, Patch, User};

use super::metadata;
use crate::http::{Body, Fields};
use crate::passwords::{self, Checks};

/// The most characters of a first or last name, or of a language.
const MOST_CHARACTERS: usize = 256;
/// The most addresses of one kind that a request can give.
const MOST_CONTACTS: usize = 100;
/// Documented fields about how to sign in, which is not served.
const NOT_SERVED: [&str; 4] = ["password_digest", "password_hasher", "totp_secret", "backup_codes"];

/// Reads a request to make a user, and the password in plain text.
pub(super) fn read_create(body: Body) -> Result<(Create, Option<String>), Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Create {
        email_addresses: contacts(&mut fields, IdentifierKind::EmailAddress),
        phone_numbers: contacts(&mut fields, IdentifierKind::PhoneNumber),
        web3_wallets: contacts(&mut fields, IdentifierKind::Web3Wallet),
        profile: read_profile(&mut fields),
        password_hash: None,
        created_at: fields.nullable_instant("created_at").into_set(),
    };
    let password = read_password(&mut fields);
    for flag in ["skip_password_requirement", "skip_legal_checks", "skip_user_requirement"] {
        fields.nullable_bool(flag);
    }
    NOT_SERVED.into_iter().for_each(|name| fields.unsupported(name));
    fields.finish()?;
    Ok((operation, password))
}

fn read_profile(fields: &mut Fields) -> User {
    let mut profile = User::default();
    profile.external_id = identifier(fields, "external_id", contacts::external_id).into_set();
    profile.username = identifier(fields, "username", contacts::username).into_set();
    profile.first_name = text(fields, "first_name").into_set();
    profile.last_name = text(fields, "last_name").into_set();
    profile.locale = text(fields, "locale").into_set();
    profile.public_metadata = replaced(fields, "public_metadata");
    profile.private_metadata = Some(replaced(fields, "private_metadata"));
    profile.unsafe_metadata = replaced(fields, "unsafe_metadata");
    profile.delete_self_enabled =
        fields.nullable_bool("delete_self_enabled").into_set().unwrap_or(true);
    profile.create_organization_enabled =
        fields.nullable_bool("create_organization_enabled").into_set().unwrap_or(true);
    profile.create_organizations_limit = organizations_limit(fields).into_set();
    profile.legal_accepted_at = fields.nullable_instant("legal_accepted_at").into_set();
    profile.bypass_client_trust =
        fields.nullable_bool("bypass_client_trust").into_set().unwrap_or(false);
    profile.banned = fields.nullable_bool("banned").into_set().unwrap_or(false);
    profile.locked = fields.nullable_bool("locked").into_set().unwrap_or(false);
    profile
}

/// Reads a request to change a user, and the new password in plain text.
pub(super) fn read_update(
    body: Body,
    user_id: String,
    version: ApiVersion,
) -> Result<(Update, Option<String>), Vec<Fault>> {
    let mut fields = body.fields();
    let mut operation = Update {
        user_id,
        sign_out: false,
        external_id: identifier(&mut fields, "external_id", contacts::external_id),
        username: identifier(&mut fields, "username", contacts::username),
        first_name: text(&mut fields, "first_name"),
        last_name: text(&mut fields, "last_name"),
        locale: text(&mut fields, "locale"),
        primary_email_address_id: fields.nullable_string("primary_email_address_id").into_set(),
        primary_phone_number_id: fields.nullable_string("primary_phone_number_id").into_set(),
        primary_web3_wallet_id: fields.nullable_string("primary_web3_wallet_id").into_set(),
        password_hash: None,
        delete_self_enabled: fields.nullable_bool("delete_self_enabled").into_set(),
        create_organization_enabled: fields.nullable_bool("create_organization_enabled").into_set(),
        create_organizations_limit: organizations_limit(&mut fields),
        legal_accepted_at: fields.nullable_instant("legal_accepted_at"),
        created_at: fields.nullable_instant("created_at").into_set(),
        bypass_client_trust: fields.nullable_bool("bypass_client_trust").into_set(),
        metadata: NewMetadata::default(),
    };
    if version.patches_take_metadata() {
        let mut read = |name| metadata::nullable_replacement(&mut fields, name);
        operation.metadata = NewMetadata {
            public_metadata: read("public_metadata"),
            private_metadata: read("private_metadata"),
            unsafe_metadata: read("unsafe_metadata"),
        };
    }
    let password = read_password(&mut fields);
    operation.sign_out =
        fields.nullable_bool("sign_out_of_other_sessions").into_set().unwrap_or(false);
    if operation.sign_out && password.is_none() && !fields.has_fault_about("password") {
        fields.fault(Code::ParameterMissing.parameter("password"));
    }
    // There are no mails to send and no terms to check.
    for flag in ["notify_primary_email_address_changed", "skip_legal_checks"] {
        fields.nullable_bool(flag);
    }
    fields.unsupported("profile_image_id");
    NOT_SERVED.into_iter().for_each(|name| fields.unsupported(name));
    fields.finish()?;
    Ok((operation, password))
}

fn read_password(fields: &mut Fields) -> Option<String> {
    let checks = match fields.nullable_bool("skip_password_checks") {
        Patch::Set(true) => Checks::Skipped,
        _ => Checks::Full,
    };
    let password = fields.nullable_secret("password").into_set()?;
    if let Some(fault) = passwords::fault(&password, checks) {
        fields.fault(fault);
    }
    Some(password)
}

fn organizations_limit(fields: &mut Fields) -> Patch<i64> {
    fields.nullable_integer("create_organizations_limit", 0..=i64::from(i32::MAX))
}

/// Text that a person wrote: blank clears it, like `null`.
fn text(fields: &mut Fields, name: &str) -> Patch<String> {
    match fields.nullable_string(name) {
        Patch::Set(text) if text.trim().is_empty() => Patch::Clear,
        Patch::Set(text) if text.chars().count() > MOST_CHARACTERS => {
            let most = MOST_CHARACTERS.to_string();
            fields.fault(Code::ParameterTooLong.parameter(name).value(most));
            Patch::Keep
        }
        patch => patch,
    }
}

/// Text that is unique to one user.
fn identifier(
    fields: &mut Fields,
    name: &str,
    check: fn(&str) -> Result<Identifier, Fault>,
) -> Patch<String> {
    let patch = fields.nullable_string(name);
    if let Some(Err(fault)) = patch.set().map(|text| check(text)) {
        fields.fault(fault);
    }
    patch
}

fn replaced(fields: &mut Fields, name: &str) -> Metadata {
    metadata::replacement(fields, name).unwrap_or_default()
}

/// Addresses of one kind, each checked, none given twice.
fn contacts(fields: &mut Fields, kind: IdentifierKind) -> Vec<Contact> {
    let name = kind.as_str();
    let values = fields.string_list(name);
    let reserved = reserved(fields, kind, values.len());
    if values.len() > MOST_CONTACTS {
        let most = MOST_CONTACTS.to_string();
        fields.fault(Code::ParameterArrayTooLong.parameter(name).value(most));
        return Vec::new();
    }
    let mut contacts: Vec<Contact> = Vec::new();
    for (place, value) in values.into_iter().enumerate() {
        match checked(kind, value) {
            Err(fault) => fields.fault(fault),
            Ok(contact) if contacts.iter().any(|other| other.identifier == contact.identifier) => {
                fields.fault(Code::ParameterDuplicateValues.parameter(name));
            }
            Ok(contact) => {
                let reserved = reserved.get(place).copied().unwrap_or(false);
                contacts.push(Contact { reserved, ..contact });
            }
        }
    }
    contacts
}

fn checked(kind: IdentifierKind, value: String) -> Result<Contact, Fault> {
    let identifier = match kind {
        IdentifierKind::PhoneNumber => contacts::phone_number(&value)?,
        IdentifierKind::Web3Wallet => contacts::web3_wallet(&value)?,
        _ => contacts::email_address(&value)?,
    };
    // Numbers are answered in the form they are compared in, addresses as they were given.
    let value = match kind {
        IdentifierKind::PhoneNumber => identifier.value.clone(),
        _ => value,
    };
    Ok(Contact { value, identifier, reserved: false })
}

/// Which of several addresses are only reserved, by their place.
fn reserved(fields: &mut Fields, kind: IdentifierKind, addresses: usize) -> Vec<bool> {
    if kind == IdentifierKind::Web3Wallet {
        return Vec::new();
    }
    let name = format!("{}_identification_status", kind.as_str());
    let statuses = fields.string_list(&name);
    if statuses.len() > addresses {
        let most = addresses.to_string();
        fields.fault(Code::ParameterArrayTooLong.parameter(&name).value(most));
        return Vec::new();
    }
    for status in
        statuses.iter().filter(|status| !["verified", "reserved"].contains(&status.as_str()))
    {
        let fault = Code::ParameterValueNotAllowed.parameter(&name);
        fields.fault(fault.value(status).value("verified, reserved"));
    }
    statuses.iter().map(|status| status == "reserved").collect()
}
