//! `guildhall instances list`.

use anyhow::Result;
use clap::Args;

use super::tables::{self, Row};
use crate::database::DatabaseArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

/// List the instances, oldest first.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {}

pub(crate) async fn run(database: &DatabaseArguments, output: &mut Output) -> Result<ExitStatus> {
    let store = database.open().await?;
    let instances: Vec<Row> = store.instances().await?.into_iter().map(Row::from).collect();
    store.close().await?;
    output.show_list(&instances, tables::instances)?;
    Ok(ExitStatus::Done)
}
