//! `guildhall organizations`.

mod create;
mod delete;
mod get;
mod list;
mod metadata;
mod tables;
mod update;

use clap::{Args, Subcommand};
use guildhall_sdk::{Client, GetOrganization};

use crate::connection::ConnectionArguments;
use crate::exit::ExitStatus;
use crate::failure;
use crate::output::{Output, OutputArguments};

/// Read and change organizations, on any server with the Clerk Backend API.
///
/// It needs the address of the server and a secret key of the instance.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct OrganizationsArguments {
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(subcommand)]
    command: OrganizationsCommand,
}

#[derive(Debug, Subcommand)]
enum OrganizationsCommand {
    List(list::ListArguments),
    Get(get::GetArguments),
    Create(create::CreateArguments),
    Update(update::UpdateArguments),
    Delete(delete::DeleteArguments),
    Metadata(metadata::MetadataArguments),
}

/// What to tell of an organization beyond its own fields.
#[derive(Clone, Copy, Debug, Args)]
struct IncludeArguments {
    /// Tell how many members it has
    #[arg(long)]
    include_members_count: bool,
    /// Tell whether nobody in it holds the minimum permissions
    #[arg(long)]
    include_missing_member_with_elevated_permissions: bool,
}

impl From<IncludeArguments> for GetOrganization {
    fn from(arguments: IncludeArguments) -> Self {
        Self {
            include_members_count: arguments.include_members_count,
            include_missing_member_with_elevated_permissions: arguments
                .include_missing_member_with_elevated_permissions,
        }
    }
}

pub(crate) async fn run(arguments: OrganizationsArguments) -> anyhow::Result<ExitStatus> {
    let client = arguments.connection.client()?;
    let mut output = Output::new(arguments.output);
    let outcome = call(arguments.command, &client, &mut output).await;
    failure::tell_call(outcome, &client, "guildhall organizations get")
}

async fn call(
    command: OrganizationsCommand,
    client: &Client,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match command {
        OrganizationsCommand::List(arguments) => list::run(arguments, client, output).await,
        OrganizationsCommand::Get(arguments) => get::run(arguments, client, output).await,
        OrganizationsCommand::Create(arguments) => create::run(arguments, client, output).await,
        OrganizationsCommand::Update(arguments) => update::run(arguments, client, output).await,
        OrganizationsCommand::Delete(arguments) => delete::run(arguments, client, output).await,
        OrganizationsCommand::Metadata(arguments) => metadata::run(arguments, client, output).await,
    }
}
