//! `guildhall sessions`.

mod create;
mod get;
mod list;
mod revoke;
mod set_active;
mod tables;
mod token;

use clap::{Args, Subcommand};
use guildhall_sdk::Client;

use crate::connection::ConnectionArguments;
use crate::exit::ExitStatus;
use crate::failure;
use crate::output::{Output, OutputArguments};

/// Read and change sessions and make their tokens, on any server with the Clerk Backend API.
///
/// It needs the address of the server and a secret key of the instance.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct SessionsArguments {
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(subcommand)]
    command: SessionsCommand,
}

/// Which session a command is about.
#[derive(Debug, Args)]
struct SessionArguments {
    /// The session (`sess_…`)
    session_id: String,
}

#[derive(Debug, Subcommand)]
enum SessionsCommand {
    List(list::ListArguments),
    Get(get::GetArguments),
    Create(create::CreateArguments),
    SetActive(set_active::SetActiveArguments),
    Token(token::TokenArguments),
    Revoke(revoke::RevokeArguments),
}

pub(crate) async fn run(arguments: SessionsArguments) -> anyhow::Result<ExitStatus> {
    let client = arguments.connection.client()?;
    let mut output = Output::new(arguments.output);
    let outcome = call(arguments.command, &client, &mut output).await;
    failure::tell_call(outcome, &client, "guildhall sessions get")
}

async fn call(
    command: SessionsCommand,
    client: &Client,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match command {
        SessionsCommand::List(arguments) => list::run(arguments, client, output).await,
        SessionsCommand::Get(arguments) => get::run(arguments, client, output).await,
        SessionsCommand::Create(arguments) => create::run(arguments, client, output).await,
        SessionsCommand::SetActive(arguments) => set_active::run(arguments, client, output).await,
        SessionsCommand::Token(arguments) => token::run(arguments, client, output).await,
        SessionsCommand::Revoke(arguments) => revoke::run(arguments, client, output).await,
    }
}
