//! `guildhall users`.

mod count;
mod create;
mod delete;
mod filters;
mod get;
mod list;
mod metadata;
mod password;
mod tables;
mod update;

use clap::{Args, Subcommand};
use guildhall_sdk::Client;

use crate::connection::ConnectionArguments;
use crate::exit::ExitStatus;
use crate::failure;
use crate::output::{Output, OutputArguments};

/// Read and change users, on any server with the Clerk Backend API.
///
/// It needs the address of the server and a secret key of the instance.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct UsersArguments {
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(subcommand)]
    command: UsersCommand,
}

#[derive(Debug, Subcommand)]
enum UsersCommand {
    List(Box<list::ListArguments>),
    Get(get::GetArguments),
    Count(Box<count::CountArguments>),
    Create(Box<create::CreateArguments>),
    Update(Box<update::UpdateArguments>),
    Delete(delete::DeleteArguments),
    Metadata(metadata::MetadataArguments),
}

pub(crate) async fn run(arguments: UsersArguments) -> anyhow::Result<ExitStatus> {
    let client = arguments.connection.client()?;
    let mut output = Output::new(arguments.output);
    let outcome = call(arguments.command, &client, &mut output).await;
    failure::tell_call(outcome, &client, "guildhall users get")
}

async fn call(
    command: UsersCommand,
    client: &Client,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match command {
        UsersCommand::List(arguments) => list::run(*arguments, client, output).await,
        UsersCommand::Get(arguments) => get::run(arguments, client, output).await,
        UsersCommand::Count(arguments) => count::run(*arguments, client, output).await,
        UsersCommand::Create(arguments) => create::run(*arguments, client, output).await,
        UsersCommand::Update(arguments) => update::run(*arguments, client, output).await,
        UsersCommand::Delete(arguments) => delete::run(arguments, client, output).await,
        UsersCommand::Metadata(arguments) => metadata::run(arguments, client, output).await,
    }
}
