//! `guildhall permissions`.

mod create;
mod delete;
mod get;
mod list;
mod tables;
mod update;

use clap::{Args, Subcommand};
use guildhall_sdk::Client;

use crate::connection::ConnectionArguments;
use crate::exit::ExitStatus;
use crate::failure;
use crate::output::{Output, OutputArguments};

/// Read and change the permissions that roles grant, on any server with the Clerk Backend API.
///
/// Those of the system, `org:sys_…`, can only be read. It needs the address of the server and a
/// secret key of the instance.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct PermissionsArguments {
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(subcommand)]
    command: PermissionsCommand,
}

/// Which permission a command is about.
#[derive(Debug, Args)]
struct PermissionArguments {
    /// The permission, by its id (`perm_…`) or its key (`org:posts:edit`)
    permission: String,
}

#[derive(Debug, Subcommand)]
enum PermissionsCommand {
    List(list::ListArguments),
    Get(get::GetArguments),
    Create(create::CreateArguments),
    Update(update::UpdateArguments),
    Delete(delete::DeleteArguments),
}

pub(crate) async fn run(arguments: PermissionsArguments) -> anyhow::Result<ExitStatus> {
    let client = arguments.connection.client()?;
    let mut output = Output::new(arguments.output);
    let outcome = call(arguments.command, &client, &mut output).await;
    failure::tell_call(outcome, &client, "guildhall permissions get")
}

async fn call(
    command: PermissionsCommand,
    client: &Client,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match command {
        PermissionsCommand::List(arguments) => list::run(arguments, client, output).await,
        PermissionsCommand::Get(arguments) => get::run(arguments, client, output).await,
        PermissionsCommand::Create(arguments) => create::run(arguments, client, output).await,
        PermissionsCommand::Update(arguments) => update::run(arguments, client, output).await,
        PermissionsCommand::Delete(arguments) => delete::run(arguments, client, output).await,
    }
}
