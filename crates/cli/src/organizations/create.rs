//! `guildhall organizations create`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, CreateOrganization, UserId};

use super::tables;
use crate::exit::ExitStatus;
use crate::metadata;
use crate::output::Output;

/// Make an organization.
///
/// Metadata is a JSON object, `@FILE`, or `-` for stdin.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Its name
    name: String,
    /// Its name in addresses; made from the name when not given
    #[arg(long)]
    slug: Option<String>,
    /// The user who becomes its first member, in the creator role
    #[arg(long, value_name = "USER_ID")]
    created_by: Option<String>,
    /// The most members it may have; 0 for no limit
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_allowed_memberships: Option<i64>,
    /// Metadata that frontends may read
    #[arg(long, value_name = "JSON")]
    public_metadata: Option<String>,
    /// Metadata that only backends see
    #[arg(long, value_name = "JSON")]
    private_metadata: Option<String>,
    /// When it was created, like `2026-01-31T12:00:00Z`; now when not given
    #[arg(long, value_name = "INSTANT")]
    created_at: Option<String>,
    /// The role set that it gets, by its key (`role_set:…`); the instance's initial one when not
    /// given
    #[arg(long, value_name = "KEY")]
    role_set: Option<String>,
}

pub(crate) async fn run(
    arguments: CreateArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let [public_metadata, private_metadata] = metadata::read_all([
        ("--public-metadata", arguments.public_metadata.as_deref()),
        ("--private-metadata", arguments.private_metadata.as_deref()),
    ])?;
    let new = CreateOrganization {
        name: arguments.name,
        created_by: arguments.created_by.map(UserId::from),
        slug: arguments.slug,
        max_allowed_memberships: arguments.max_allowed_memberships,
        public_metadata,
        private_metadata,
        created_at: arguments.created_at,
        role_set_key: arguments.role_set,
    };
    let organization = client.organizations().create(&new).await?;
    output.show(&organization, tables::organization)?;
    Ok(ExitStatus::Done)
}
