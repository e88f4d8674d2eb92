//! `guildhall permissions delete`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::PermissionArguments;
use crate::confirm::ConfirmArguments;
use crate::exit::ExitStatus;
use crate::keyed::permission_id;
use crate::output::{Output, deleted};

/// Delete a permission, and take it from every role.
#[derive(Debug, Args)]
pub(crate) struct DeleteArguments {
    #[command(flatten)]
    permission: PermissionArguments,
    #[command(flatten)]
    confirm: ConfirmArguments,
}

pub(crate) async fn run(
    arguments: DeleteArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let permission = arguments.permission.permission;
    arguments.confirm.confirm(&format!("Delete `{permission}`, and take it from every role?"))?;
    let permission_id = permission_id(client, &permission).await?;
    let answer = client.organization_permissions().delete(&permission_id).await?;
    output.show(&answer, deleted)?;
    Ok(ExitStatus::Done)
}
