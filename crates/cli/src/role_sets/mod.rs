//! `guildhall role-sets`.

mod add_roles;
mod create;
mod get;
mod list;
mod replace;
mod replace_role;
mod tables;
mod update;

use clap::{Args, Subcommand};
use guildhall_sdk::Client;

use crate::connection::ConnectionArguments;
use crate::exit::ExitStatus;
use crate::failure;
use crate::output::{Output, OutputArguments};

/// Read and change which roles members of organizations may get, on any server with the Clerk
/// Backend API.
///
/// It needs the address of the server and a secret key of the instance.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct RoleSetsArguments {
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(subcommand)]
    command: RoleSetsCommand,
}

/// Which role set a command is about.
#[derive(Debug, Args)]
struct RoleSetArguments {
    /// The role set, by its key (`role_set:…`) or its id
    role_set: String,
}

#[derive(Debug, Subcommand)]
enum RoleSetsCommand {
    List(list::ListArguments),
    Get(get::GetArguments),
    Create(create::CreateArguments),
    Update(update::UpdateArguments),
    AddRoles(add_roles::AddRolesArguments),
    ReplaceRole(replace_role::ReplaceRoleArguments),
    Replace(replace::ReplaceArguments),
}

pub(crate) async fn run(arguments: RoleSetsArguments) -> anyhow::Result<ExitStatus> {
    let client = arguments.connection.client()?;
    let mut output = Output::new(arguments.output);
    let outcome = call(arguments.command, &client, &mut output).await;
    failure::tell_call(outcome, &client, "guildhall role-sets get")
}

async fn call(
    command: RoleSetsCommand,
    client: &Client,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match command {
        RoleSetsCommand::List(arguments) => list::run(arguments, client, output).await,
        RoleSetsCommand::Get(arguments) => get::run(arguments, client, output).await,
        RoleSetsCommand::Create(arguments) => create::run(arguments, client, output).await,
        RoleSetsCommand::Update(arguments) => update::run(arguments, client, output).await,
        RoleSetsCommand::AddRoles(arguments) => add_roles::run(arguments, client, output).await,
        RoleSetsCommand::ReplaceRole(arguments) => {
            replace_role::run(arguments, client, output).await
        }
        RoleSetsCommand::Replace(arguments) => replace::run(arguments, client, output).await,
    }
}
