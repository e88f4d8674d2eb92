//! `guildhall role-sets get`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::{RoleSetArguments, tables};
use crate::exit::ExitStatus;
use crate::output::Output;

/// Show one role set with its roles, and how many members have each.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    #[command(flatten)]
    target: RoleSetArguments,
}

pub(crate) async fn run(
    arguments: GetArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let set = client.role_sets().get(&arguments.target.role_set).await?;
    output.show(&set, tables::role_set)?;
    Ok(ExitStatus::Done)
}
