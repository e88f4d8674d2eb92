//! `guildhall roles`.

mod create;
mod delete;
mod get;
mod grant;
mod list;
mod revoke;
mod tables;
mod update;

use clap::{Args, Subcommand};
use guildhall_sdk::{Client, PermissionId, RoleId};

use crate::connection::ConnectionArguments;
use crate::exit::ExitStatus;
use crate::failure;
use crate::keyed::{permission_id, role_id};
use crate::output::{Output, OutputArguments};

/// Read and change the roles of members, on any server with the Clerk Backend API.
///
/// It needs the address of the server and a secret key of the instance.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct RolesArguments {
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(subcommand)]
    command: RolesCommand,
}

/// Which role a command is about.
#[derive(Debug, Args)]
struct RoleArguments {
    /// The role, by its id (`role_…`) or its key (`org:editor`)
    role: String,
}

/// Which permission of which role a command is about.
#[derive(Debug, Args)]
struct RolePermissionArguments {
    #[command(flatten)]
    role: RoleArguments,
    /// The permission, by its id (`perm_…`) or its key (`org:posts:edit`)
    permission: String,
}

impl RolePermissionArguments {
    /// The ids of both.
    async fn ids(&self, client: &Client) -> anyhow::Result<(RoleId, PermissionId)> {
        let role_id = role_id(client, &self.role.role).await?;
        Ok((role_id, permission_id(client, &self.permission).await?))
    }
}

#[derive(Debug, Subcommand)]
enum RolesCommand {
    List(list::ListArguments),
    Get(get::GetArguments),
    Create(create::CreateArguments),
    Update(update::UpdateArguments),
    Delete(delete::DeleteArguments),
    Grant(grant::GrantArguments),
    Revoke(revoke::RevokeArguments),
}

pub(crate) async fn run(arguments: RolesArguments) -> anyhow::Result<ExitStatus> {
    let client = arguments.connection.client()?;
    let mut output = Output::new(arguments.output);
    let outcome = call(arguments.command, &client, &mut output).await;
    failure::tell_call(outcome, &client, "guildhall roles get")
}

async fn call(
    command: RolesCommand,
    client: &Client,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match command {
        RolesCommand::List(arguments) => list::run(arguments, client, output).await,
        RolesCommand::Get(arguments) => get::run(arguments, client, output).await,
        RolesCommand::Create(arguments) => create::run(arguments, client, output).await,
        RolesCommand::Update(arguments) => update::run(arguments, client, output).await,
        RolesCommand::Delete(arguments) => delete::run(arguments, client, output).await,
        RolesCommand::Grant(arguments) => grant::run(arguments, client, output).await,
        RolesCommand::Revoke(arguments) => revoke::run(arguments, client, output).await,
    }
}
