//! `guildhall users update`.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use guildhall_sdk::{Client, Patch, UpdateUser};

use super::{password, tables};
use crate::exit::ExitStatus;
use crate::output::Output;

/// Change a user; what is not given stays.
///
/// The metadata of a user is changed by `guildhall users metadata`.
#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    /// The user (`user_…`)
    user_id: String,
    #[command(flatten)]
    changes: ChangeArguments,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct ChangeArguments {
    /// The first name
    #[arg(long, value_name = "NAME")]
    first_name: Option<String>,
    /// The last name
    #[arg(long, value_name = "NAME")]
    last_name: Option<String>,
    /// The username
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// The id that another system gave the user
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// The language the user prefers, `en-US` for example
    #[arg(long)]
    locale: Option<String>,
    /// Which e-mail address (`idn_…`) is to count; it must be verified
    #[arg(long, value_name = "ID")]
    primary_email_address_id: Option<String>,
    /// Which phone number (`idn_…`) is to count; it must be verified
    #[arg(long, value_name = "ID")]
    primary_phone_number_id: Option<String>,
    /// Which web3 wallet (`idn_…`) is to count
    #[arg(long, value_name = "ID")]
    primary_web3_wallet_id: Option<String>,
    /// A file that holds the password, or `-` for stdin; a line break at the end does not count
    #[arg(long, value_name = "PATH")]
    password_file: Option<String>,
    /// Take the password as it is, however weak
    #[arg(long, value_name = "BOOLEAN")]
    skip_password_checks: Option<bool>,
    /// Whether the user may delete the own account
    #[arg(long, value_name = "BOOLEAN")]
    delete_self_enabled: Option<bool>,
    /// Whether the user may create organizations
    #[arg(long, value_name = "BOOLEAN")]
    create_organization_enabled: Option<bool>,
    /// How many organizations the user may create
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    create_organizations_limit: Option<i64>,
    /// When the user accepted the terms, like `2026-01-31T12:00:00Z`
    #[arg(long, value_name = "INSTANT")]
    legal_accepted_at: Option<String>,
    /// When the user was created, like `2026-01-31T12:00:00Z`
    #[arg(long, value_name = "INSTANT")]
    created_at: Option<String>,
    /// Whether sign-ins from new devices skip the extra check
    #[arg(long, value_name = "BOOLEAN")]
    bypass_client_trust: Option<bool>,
    /// A field to empty; can be given several times
    #[arg(long, value_name = "FIELD")]
    clear: Vec<Clearable>,
}

/// The fields that can be without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Clearable {
    FirstName,
    LastName,
    Username,
    ExternalId,
    Locale,
    CreateOrganizationsLimit,
    LegalAcceptedAt,
}

pub(crate) async fn run(
    arguments: UpdateArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let user = client.users().update(&arguments.user_id, &changes(arguments.changes)?).await?;
    output.show(&user, tables::user)?;
    Ok(ExitStatus::Done)
}

fn changes(arguments: ChangeArguments) -> Result<UpdateUser> {
    let clear = &arguments.clear;
    Ok(UpdateUser {
        external_id: patch(arguments.external_id, clear, Clearable::ExternalId)?,
        first_name: patch(arguments.first_name, clear, Clearable::FirstName)?,
        last_name: patch(arguments.last_name, clear, Clearable::LastName)?,
        locale: patch(arguments.locale, clear, Clearable::Locale)?,
        primary_email_address_id: arguments.primary_email_address_id,
        primary_phone_number_id: arguments.primary_phone_number_id,
        primary_web3_wallet_id: arguments.primary_web3_wallet_id,
        username: patch(arguments.username, clear, Clearable::Username)?,
        password: password::read(arguments.password_file.as_deref())?,
        skip_password_checks: arguments.skip_password_checks,
        delete_self_enabled: arguments.delete_self_enabled,
        create_organization_enabled: arguments.create_organization_enabled,
        create_organizations_limit: patch(
            arguments.create_organizations_limit,
            clear,
            Clearable::CreateOrganizationsLimit,
        )?,
        legal_accepted_at: patch(arguments.legal_accepted_at, clear, Clearable::LegalAcceptedAt)?,
        created_at: arguments.created_at,
        bypass_client_trust: arguments.bypass_client_trust,
        ..UpdateUser::default()
    })
}

/// What the flag of a field and `--clear` say together.
fn patch<T>(value: Option<T>, clear: &[Clearable], field: Clearable) -> Result<Patch<T>> {
    match (value, clear.contains(&field)) {
        (None, false) => Ok(Patch::Keep),
        (None, true) => Ok(Patch::Clear),
        (Some(value), false) => Ok(Patch::Set(value)),
        (Some(_), true) => {
            let name = field.to_possible_value().expect("no field is left out");
            let name = name.get_name();
            bail!("`--{name}` and `--clear {name}` exclude each other")
        }
    }
}
