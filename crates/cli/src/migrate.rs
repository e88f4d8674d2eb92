//! `guildhall migrate`.

use anyhow::{Result, bail};
use clap::Args;
use guildhall_store::{Database, Migrate, distribute, migrate};

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
    /// Spread the tables of a PostgreSQL database over the Citus cluster that it is in, by instance;
    /// run again, it goes on with the tables that are not spread yet
    #[arg(long)]
    distribute: bool,
}

pub(crate) async fn run(arguments: MigrateArguments) -> Result<ExitStatus> {
    let (database, setting) = arguments.database.database()?;
    if arguments.distribute && matches!(database, Database::Sqlite(_)) {
        bail!("`--distribute` is for PostgreSQL: name the database by `--database-url`");
    }
    let version = migrate(&database, Migrate::Yes).await;
    let version = version.map_err(|error| setting.fault(error))?;
    Output::note(&format!("The database has schema version {version}."));
    if arguments.distribute
        && let Database::Postgres(settings) = &database
    {
        let spread = distribute(settings).await.map_err(|error| setting.fault(error))?;
        Output::note(&match spread.as_slice() {
            [] => "Every table is spread over the cluster already.".to_owned(),
            spread => format!("Spread over the cluster: {}.", spread.join(", ")),
        });
    }
    Ok(ExitStatus::Done)
}
