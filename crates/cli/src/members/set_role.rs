//! `guildhall members set-role`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, UpdateOrganizationMembership};

use super::tables;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Give a member another role.
#[derive(Debug, Args)]
pub(crate) struct SetRoleArguments {
    /// The organization (`org_…`)
    organization_id: String,
    /// The user (`user_…`)
    user_id: String,
    /// The role to give, `org:admin` for example
    role: String,
}

pub(crate) async fn run(
    arguments: SetRoleArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let SetRoleArguments { organization_id, user_id, role } = arguments;
    let changes = UpdateOrganizationMembership::new(role);
    let memberships = client.organization_memberships();
    let membership = memberships.update(&organization_id, &user_id, &changes).await?;
    output.show(&membership, tables::membership)?;
    Ok(ExitStatus::Done)
}
