//! `guildhall migrate`.

use anyhow::Result;
use clap::Args;
use guildhall_store::{Migrate, migrate};

use crate::database::DatabaseArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Bring a database up to date.
///
/// `guildhall serve` does it at its start, unless it is told `--no-migrate`: then this command does
/// it once for all servers, with a role that may change the schema. Servers of the version before
/// go on while the schema is ahead of them, so that they can be replaced one by one. The database
/// is made ready for use if it is empty; nothing is done where it is up to date.
#[derive(Debug, Args)]
pub(crate) struct MigrateArguments {
    #[command(flatten)]
    database: DatabaseArguments,
}

pub(crate) async fn run(arguments: MigrateArguments) -> Result<ExitStatus> {
    let (database, setting) = arguments.database.database()?;
    let version = migrate(&database, Migrate::Yes).await;
    let version = version.map_err(|error| setting.fault(error))?;
    Output::note(&format!("The database has schema version {version}."));
    Ok(ExitStatus::Done)
}
