//! `guildhall roles delete`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::RoleArguments;
use crate::confirm::ConfirmArguments;
use crate::exit::ExitStatus;
use crate::keyed::role_id;
use crate::output::{Output, deleted};

/// Delete a role that nobody has and no setting names.
#[derive(Debug, Args)]
pub(crate) struct DeleteArguments {
    #[command(flatten)]
    role: RoleArguments,
    #[command(flatten)]
    confirm: ConfirmArguments,
}

pub(crate) async fn run(
    arguments: DeleteArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let role = arguments.role.role;
    arguments.confirm.confirm(&format!("Delete the role `{role}`?"))?;
    let role_id = role_id(client, &role).await?;
    let answer = client.organization_roles().delete(&role_id).await?;
    output.show(&answer, deleted)?;
    Ok(ExitStatus::Done)
}
