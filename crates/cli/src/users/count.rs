//! `guildhall users count`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, ListUsers};

use super::filters::FilterArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Count the users; the filters are those of `guildhall users list`.
#[derive(Debug, Args)]
pub(crate) struct CountArguments {
    #[command(flatten)]
    filters: FilterArguments,
}

pub(crate) async fn run(
    arguments: CountArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let count = client.users().count(&ListUsers::from(arguments.filters)).await?;
    output.show_count(count)?;
    Ok(ExitStatus::Done)
}
