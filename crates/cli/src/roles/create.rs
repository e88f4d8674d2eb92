//! `guildhall roles create`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, CreateOrganizationRole};

use super::tables;
use crate::exit::ExitStatus;
use crate::keyed::permission_ids;
use crate::output::Output;

/// Make a role.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Its key, `org:editor` for example: lower-case letters, digits and underscores after `org:`
    key: String,
    /// Its name
    name: String,
    /// What it is for, for people
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    /// A permission to grant, by its id (`perm_…`) or its key (`org:posts:edit`); can be given
    /// several times
    #[arg(long, value_name = "PERMISSION")]
    permission: Vec<String>,
    /// Put it into the role set that new organizations get
    #[arg(long)]
    in_initial_role_set: bool,
}

pub(crate) async fn run(
    arguments: CreateArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let new = CreateOrganizationRole {
        description: arguments.description,
        include_in_initial_role_set: arguments.in_initial_role_set.then_some(true),
        permissions: permission_ids(client, &arguments.permission).await?,
        ..CreateOrganizationRole::new(arguments.key, arguments.name)
    };
    let role = client.organization_roles().create(&new).await?;
    output.show(&role, tables::role)?;
    Ok(ExitStatus::Done)
}
