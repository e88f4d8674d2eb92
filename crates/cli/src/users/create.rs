//! `guildhall users create`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, CreateUser};

use super::{password, tables};
use crate::exit::ExitStatus;
use crate::metadata;
use crate::output::Output;

/// Make a user; everything is optional.
///
/// Metadata is a JSON object, `@FILE`, or `-` for stdin.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// The first name
    #[arg(long, value_name = "NAME")]
    first_name: Option<String>,
    /// The last name
    #[arg(long, value_name = "NAME")]
    last_name: Option<String>,
    /// An e-mail address; can be given several times, the first becomes the primary one
    #[arg(long, value_name = "ADDRESS")]
    email_address: Vec<String>,
    /// For each e-mail address `verified` (when not given) or `reserved`
    #[arg(long, value_name = "STATUS")]
    email_address_identification_status: Vec<String>,
    /// A phone number, like `+15555550100`; can be given several times
    #[arg(long, value_name = "NUMBER")]
    phone_number: Vec<String>,
    /// For each phone number `verified` (when not given) or `reserved`
    #[arg(long, value_name = "STATUS")]
    phone_number_identification_status: Vec<String>,
    /// A web3 wallet; can be given several times
    #[arg(long, value_name = "ADDRESS")]
    web3_wallet: Vec<String>,
    /// The username
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// The id that another system gave the user
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// The language the user prefers, `en-US` for example
    #[arg(long)]
    locale: Option<String>,
    /// A file that holds the password, or `-` for stdin; a line break at the end does not count
    #[arg(long, value_name = "PATH")]
    password_file: Option<String>,
    /// Take the password as it is, however weak
    #[arg(long, value_name = "BOOLEAN")]
    skip_password_checks: Option<bool>,
    /// Let a user without a password be made
    #[arg(long, value_name = "BOOLEAN")]
    skip_password_requirement: Option<bool>,
    /// Metadata that frontends may read
    #[arg(long, value_name = "JSON")]
    public_metadata: Option<String>,
    /// Metadata that only backends see
    #[arg(long, value_name = "JSON")]
    private_metadata: Option<String>,
    /// Metadata that frontends may read and write
    #[arg(long, value_name = "JSON")]
    unsafe_metadata: Option<String>,
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
    /// When the user was created, like `2026-01-31T12:00:00Z`; now when not given
    #[arg(long, value_name = "INSTANT")]
    created_at: Option<String>,
    /// Whether sign-ins from new devices skip the extra check
    #[arg(long, value_name = "BOOLEAN")]
    bypass_client_trust: Option<bool>,
    /// Whether the user may not sign in
    #[arg(long, value_name = "BOOLEAN")]
    banned: Option<bool>,
    /// Whether sign-in is blocked
    #[arg(long, value_name = "BOOLEAN")]
    locked: Option<bool>,
}

pub(crate) async fn run(
    arguments: CreateArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let user = client.users().create(&new(arguments)?).await?;
    output.show(&user, tables::user)?;
    Ok(ExitStatus::Done)
}

fn new(arguments: CreateArguments) -> Result<CreateUser> {
    let password_file = arguments.password_file.as_deref();
    metadata::refuse_second_stdin(&[
        ("--password-file", password_file),
        ("--public-metadata", arguments.public_metadata.as_deref()),
        ("--private-metadata", arguments.private_metadata.as_deref()),
        ("--unsafe-metadata", arguments.unsafe_metadata.as_deref()),
    ])?;
    let [public_metadata, private_metadata, unsafe_metadata] = metadata::read_all([
        ("--public-metadata", arguments.public_metadata.as_deref()),
        ("--private-metadata", arguments.private_metadata.as_deref()),
        ("--unsafe-metadata", arguments.unsafe_metadata.as_deref()),
    ])?;
    Ok(CreateUser {
        external_id: arguments.external_id,
        first_name: arguments.first_name,
        last_name: arguments.last_name,
        locale: arguments.locale,
        email_address: arguments.email_address,
        email_address_identification_status: arguments.email_address_identification_status,
        phone_number: arguments.phone_number,
        phone_number_identification_status: arguments.phone_number_identification_status,
        web3_wallet: arguments.web3_wallet,
        username: arguments.username,
        password: password::read(arguments.password_file.as_deref())?,
        skip_password_checks: arguments.skip_password_checks,
        skip_password_requirement: arguments.skip_password_requirement,
        public_metadata,
        private_metadata,
        unsafe_metadata,
        delete_self_enabled: arguments.delete_self_enabled,
        create_organization_enabled: arguments.create_organization_enabled,
        create_organizations_limit: arguments.create_organizations_limit,
        legal_accepted_at: arguments.legal_accepted_at,
        created_at: arguments.created_at,
        bypass_client_trust: arguments.bypass_client_trust,
        banned: arguments.banned,
        locked: arguments.locked,
    })
}
