//! `guildhall settings`.

mod get;
mod get_instance;
mod set;
mod set_instance;
mod tables;

use clap::{Args, Subcommand};
use guildhall_sdk::Client;

use crate::connection::ConnectionArguments;
use crate::exit::ExitStatus;
use crate::failure;
use crate::output::{Output, OutputArguments};

/// Read and change what an instance has set about organizations and about itself, on any server with
/// the Clerk Backend API.
///
/// It needs the address of the server and a secret key of the instance. The settings of the server
/// itself are told by `guildhall config`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct SettingsArguments {
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(subcommand)]
    command: SettingsCommand,
}

#[derive(Debug, Subcommand)]
enum SettingsCommand {
    Get(get::GetArguments),
    Set(set::SetArguments),
    GetInstance(get_instance::GetInstanceArguments),
    SetInstance(Box<set_instance::SetInstanceArguments>),
}

pub(crate) async fn run(arguments: SettingsArguments) -> anyhow::Result<ExitStatus> {
    let client = arguments.connection.client()?;
    let mut output = Output::new(arguments.output);
    let outcome = call(arguments.command, &client, &mut output).await;
    failure::tell_call(outcome, &client, "guildhall settings get")
}

async fn call(
    command: SettingsCommand,
    client: &Client,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match command {
        SettingsCommand::Get(_) => get::run(client, output).await,
        SettingsCommand::Set(arguments) => set::run(arguments, client, output).await,
        SettingsCommand::GetInstance(_) => get_instance::run(client, output).await,
        SettingsCommand::SetInstance(arguments) => {
            set_instance::run(*arguments, client, output).await
        }
    }
}
