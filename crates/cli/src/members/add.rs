//! `guildhall members add`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, CreateOrganizationMembership};

use super::{MemberArguments, tables};
use crate::exit::ExitStatus;
use crate::metadata;
use crate::output::Output;

/// Add a user to an organization.
///
/// Metadata is a JSON object, `@FILE`, or `-` for stdin.
#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    #[command(flatten)]
    member: MemberArguments,
    /// The role to give, `org:member` for example
    #[arg(long)]
    role: String,
    /// Metadata that frontends may read
    #[arg(long, value_name = "JSON")]
    public_metadata: Option<String>,
    /// Metadata that only backends see
    #[arg(long, value_name = "JSON")]
    private_metadata: Option<String>,
}

pub(crate) async fn run(
    arguments: AddArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let [public_metadata, private_metadata] = metadata::read_all([
        ("--public-metadata", arguments.public_metadata.as_deref()),
        ("--private-metadata", arguments.private_metadata.as_deref()),
    ])?;
    let new = CreateOrganizationMembership {
        public_metadata,
        private_metadata,
        ..CreateOrganizationMembership::new(arguments.member.user_id, arguments.role)
    };
    let memberships = client.organization_memberships();
    let membership = memberships.create(&arguments.member.organization_id, &new).await?;
    output.show(&membership, tables::membership)?;
    Ok(ExitStatus::Done)
}
