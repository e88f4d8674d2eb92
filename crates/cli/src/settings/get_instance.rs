//! `guildhall settings get-instance`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::tables;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Show the instance itself.
#[derive(Debug, Args)]
pub(crate) struct GetInstanceArguments {}

pub(crate) async fn run(client: &Client, output: &mut Output) -> Result<ExitStatus> {
    let instance = client.instance().get().await?;
    output.show(&instance, tables::instance)?;
    Ok(ExitStatus::Done)
}
