//! `guildhall users get`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::tables;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Show one user.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    /// The user (`user_…`)
    user_id: String,
}

pub(crate) async fn run(
    arguments: GetArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let user = client.users().get(&arguments.user_id).await?;
    output.show(&user, tables::user)?;
    Ok(ExitStatus::Done)
}
