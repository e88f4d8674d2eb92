//! `guildhall sessions get`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::{SessionArguments, tables};
use crate::exit::ExitStatus;
use crate::output::Output;

/// Show one session with its status and its active organization.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    #[command(flatten)]
    session: SessionArguments,
}

pub(crate) async fn run(
    arguments: GetArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let session = client.sessions().get(&arguments.session.session_id).await?;
    output.show(&session, tables::session)?;
    Ok(ExitStatus::Done)
}
