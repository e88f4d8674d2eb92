//! `guildhall permissions get`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::{PermissionArguments, tables};
use crate::exit::ExitStatus;
use crate::keyed::permission_id;
use crate::output::Output;

/// Show one permission.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    #[command(flatten)]
    permission: PermissionArguments,
}

pub(crate) async fn run(
    arguments: GetArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let permission_id = permission_id(client, &arguments.permission.permission).await?;
    let permission = client.organization_permissions().get(&permission_id).await?;
    output.show(&permission, tables::permission)?;
    Ok(ExitStatus::Done)
}
