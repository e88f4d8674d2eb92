//! `guildhall members`: who belongs to an organization.

mod add;
mod get;
mod list;
mod metadata;
mod remove;
mod set_role;
mod tables;

use clap::{Args, Subcommand};
use guildhall_sdk::Client;

use crate::connection::ConnectionArguments;
use crate::exit::ExitStatus;
use crate::failure;
use crate::output::{Output, OutputArguments};

/// Read and change the members of organizations, on any server with the Clerk Backend API.
///
/// Prints the memberships as the server sends them. It needs the address of the server and a
/// secret key of the instance.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct MembersArguments {
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(subcommand)]
    command: MembersCommand,
}

/// Whom a command is about.
#[derive(Debug, Args)]
struct MemberArguments {
    /// The organization (`org_…`)
    organization_id: String,
    /// The user (`user_…`)
    user_id: String,
}

#[derive(Debug, Subcommand)]
enum MembersCommand {
    List(Box<list::ListArguments>),
    Get(get::GetArguments),
    Add(add::AddArguments),
    SetRole(set_role::SetRoleArguments),
    Remove(remove::RemoveArguments),
    Metadata(metadata::MetadataArguments),
}

pub(crate) async fn run(arguments: MembersArguments) -> anyhow::Result<ExitStatus> {
    let client = arguments.connection.client()?;
    let mut output = Output::new(arguments.output);
    let outcome = call(arguments.command, &client, &mut output).await;
    failure::tell_call(outcome, &client, "guildhall members get")
}

async fn call(
    command: MembersCommand,
    client: &Client,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match command {
        MembersCommand::List(arguments) => list::run(*arguments, client, output).await,
        MembersCommand::Get(arguments) => get::run(arguments, client, output).await,
        MembersCommand::Add(arguments) => add::run(arguments, client, output).await,
        MembersCommand::SetRole(arguments) => set_role::run(arguments, client, output).await,
        MembersCommand::Remove(arguments) => remove::run(arguments, client, output).await,
        MembersCommand::Metadata(arguments) => metadata::run(arguments, client, output).await,
    }
}
