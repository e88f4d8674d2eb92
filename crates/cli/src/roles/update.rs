//! `guildhall roles update`.

use anyhow::Result;
use clap::{Args, ValueEnum};
use guildhall_sdk::{Client, PermissionId, UpdateOrganizationRole};

use super::{RoleArguments, tables};
use crate::exit::ExitStatus;
use crate::keyed::{permission_ids, role_id};
use crate::output::Output;

/// Change a role; what is not given stays.
///
/// Whoever has the role has it under its new name and key at once. `guildhall roles grant` and
/// `revoke` change one permission and leave the others.
#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    #[command(flatten)]
    role: RoleArguments,
    #[command(flatten)]
    changes: ChangeArguments,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct ChangeArguments {
    /// Its key
    #[arg(long)]
    key: Option<String>,
    /// Its name
    #[arg(long)]
    name: Option<String>,
    /// What it is for, for people
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    /// A permission to grant in place of all present ones, by its id (`perm_…`) or its key
    /// (`org:posts:edit`); can be given several times
    #[arg(long, value_name = "PERMISSION", conflicts_with = "clear")]
    permission: Vec<String>,
    /// A field to empty
    #[arg(long, value_name = "FIELD")]
    clear: Option<Clearable>,
}

/// The fields that can be without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Clearable {
    Permissions,
}

pub(crate) async fn run(
    arguments: UpdateArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let role_id = role_id(client, &arguments.role.role).await?;
    let changes = changes(arguments.changes, client).await?;
    let role = client.organization_roles().update(&role_id, &changes).await?;
    output.show(&role, tables::role)?;
    Ok(ExitStatus::Done)
}

async fn changes(arguments: ChangeArguments, client: &Client) -> Result<UpdateOrganizationRole> {
    Ok(UpdateOrganizationRole {
        name: arguments.name,
        key: arguments.key,
        description: arguments.description,
        permissions: match arguments.clear {
            Some(Clearable::Permissions) => Some(Vec::<PermissionId>::new()),
            None => permission_ids(client, &arguments.permission).await?,
        },
    })
}
