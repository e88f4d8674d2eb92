//! `guildhall keys`: the secret keys of instances, and those that sign session tokens.

mod create;
mod export_public;
mod list;
mod revoke;
mod rotate_signing;
mod signing;

use anyhow::Result;
use clap::{Args, Subcommand};
use guildhall_store::{Instance, Store};

use crate::database::DatabaseArguments;
use crate::exit::ExitStatus;
use crate::failure::unknown_instance;
use crate::output::{Output, OutputArguments};

/// Make, list and revoke the secret keys of instances.
///
/// And replace the keys that sign session tokens. Works on the database, while the server runs or not; the server goes by it from the next
/// request on. To replace a key without a gap, make the new one first.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct KeysArguments {
    #[command(flatten)]
    database: DatabaseArguments,
    #[command(flatten)]
    output: OutputArguments,
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    Create(create::CreateArguments),
    List(list::ListArguments),
    Revoke(revoke::RevokeArguments),
    RotateSigning(rotate_signing::RotateSigningArguments),
    ExportPublic(export_public::ExportPublicArguments),
}

pub(crate) async fn run(arguments: KeysArguments) -> Result<ExitStatus> {
    let mut output = Output::new(arguments.output);
    let store = arguments.database.open().await?;
    let status = match arguments.command {
        KeysCommand::Create(create) => create::run(create, &store, &mut output).await?,
        KeysCommand::List(list) => list::run(list, &store, &mut output).await?,
        KeysCommand::Revoke(revoke) => revoke::run(&revoke, &store).await?,
        KeysCommand::RotateSigning(rotate) => {
            let keys = rotate.server_key.keys(&arguments.database.folder)?;
            rotate_signing::run(&rotate, &keys, &store).await?
        }
        KeysCommand::ExportPublic(export) => {
            let keys = export.server_key.keys(&arguments.database.folder)?;
            export_public::run(&export, &keys, &store).await?
        }
    };
    store.close().await?;
    Ok(status)
}

/// The instance of that id; a refusal where there is none.
async fn instance(store: &Store, id: &str) -> Result<Instance> {
    let found = store.instance(id).await?;
    found.ok_or_else(|| unknown_instance(id).into())
}
