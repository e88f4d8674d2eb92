//! `guildhall instances`: isolated tenants in one server.

mod create;
mod list;
mod tables;
mod update;

use clap::{Args, Subcommand};

use crate::database::DatabaseArguments;
use crate::exit::ExitStatus;
use crate::output::{Output, OutputArguments};

/// Make, list and update instances: isolated tenants in one server.
///
/// Each has its own users, organizations and keys; what belongs to another one does not exist.
/// Works on the database, while the server runs or not.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct InstancesArguments {
    #[command(flatten)]
    database: DatabaseArguments,
    #[command(flatten)]
    output: OutputArguments,
    #[command(subcommand)]
    command: InstancesCommand,
}

#[derive(Debug, Subcommand)]
enum InstancesCommand {
    Create(create::CreateArguments),
    List(list::ListArguments),
    Update(update::UpdateArguments),
}

pub(crate) async fn run(arguments: InstancesArguments) -> anyhow::Result<ExitStatus> {
    let mut output = Output::new(arguments.output);
    match arguments.command {
        InstancesCommand::Create(create) => {
            create::run(create, &arguments.database, &mut output).await
        }
        InstancesCommand::List(_) => list::run(&arguments.database, &mut output).await,
        InstancesCommand::Update(update) => {
            update::run(&update, &arguments.database, &mut output).await
        }
    }
}
