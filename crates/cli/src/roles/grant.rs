//! `guildhall roles grant`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::{RolePermissionArguments, tables};
use crate::exit::ExitStatus;
use crate::output::Output;

/// Let a role grant a permission, beside those that it grants already.
#[derive(Debug, Args)]
pub(crate) struct GrantArguments {
    #[command(flatten)]
    target: RolePermissionArguments,
}

pub(crate) async fn run(
    arguments: GrantArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let (role_id, permission_id) = arguments.target.ids(client).await?;
    let role = client.organization_roles().assign_permission(&role_id, &permission_id).await?;
    output.show(&role, tables::role)?;
    Ok(ExitStatus::Done)
}
