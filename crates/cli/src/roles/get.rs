//! `guildhall roles get`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::{RoleArguments, tables};
use crate::exit::ExitStatus;
use crate::keyed::role_id;
use crate::output::Output;

/// Show one role with the permissions that it grants.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    #[command(flatten)]
    role: RoleArguments,
}

pub(crate) async fn run(
    arguments: GetArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let role_id = role_id(client, &arguments.role.role).await?;
    let role = client.organization_roles().get(&role_id).await?;
    output.show(&role, tables::role)?;
    Ok(ExitStatus::Done)
}
