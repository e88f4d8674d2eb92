//! `guildhall permissions update`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, UpdateOrganizationPermission};

use super::{PermissionArguments, tables};
use crate::exit::ExitStatus;
use crate::keyed::permission_id;
use crate::output::Output;

/// Change a permission; what is not given stays.
///
/// Roles that grant it grant it under its new key at once.
#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    #[command(flatten)]
    permission: PermissionArguments,
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
    /// What it allows, for people
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
}

pub(crate) async fn run(
    arguments: UpdateArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let permission_id = permission_id(client, &arguments.permission.permission).await?;
    let changes = UpdateOrganizationPermission {
        name: arguments.changes.name,
        key: arguments.changes.key,
        description: arguments.changes.description,
    };
    let permissions = client.organization_permissions();
    let permission = permissions.update(&permission_id, &changes).await?;
    output.show(&permission, tables::permission)?;
    Ok(ExitStatus::Done)
}
