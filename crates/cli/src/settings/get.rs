//! `guildhall settings get`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::tables;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Show what is set about organizations.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {}

pub(crate) async fn run(client: &Client, output: &mut Output) -> Result<ExitStatus> {
    let settings = client.instance().organization_settings().await?;
    output.show(&settings, tables::settings)?;
    Ok(ExitStatus::Done)
}
