//! `guildhall members set-role`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, UpdateOrganizationMembership};

use super::{MemberArguments, tables};
use crate::exit::ExitStatus;
use crate::output::Output;

/// Give a member another role.
#[derive(Debug, Args)]
pub(crate) struct SetRoleArguments {
    #[command(flatten)]
    member: MemberArguments,
    /// The role to give, `org:admin` for example
    role: String,
}

pub(crate) async fn run(
    arguments: SetRoleArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let MemberArguments { organization_id, user_id } = arguments.member;
    let changes = UpdateOrganizationMembership::new(arguments.role);
    let memberships = client.organization_memberships();
    let membership = memberships.update(&organization_id, &user_id, &changes).await?;
    output.show(&membership, tables::membership)?;
    Ok(ExitStatus::Done)
}
