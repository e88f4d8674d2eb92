//! `guildhall roles revoke`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::{RolePermissionArguments, tables};
use crate::exit::ExitStatus;
use crate::output::Output;

/// Take a permission from a role.
#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    #[command(flatten)]
    target: RolePermissionArguments,
}

pub(crate) async fn run(
    arguments: RevokeArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let (role_id, permission_id) = arguments.target.ids(client).await?;
    let role = client.organization_roles().remove_permission(&role_id, &permission_id).await?;
    output.show(&role, tables::role)?;
    Ok(ExitStatus::Done)
}
