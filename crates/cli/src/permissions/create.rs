//! `guildhall permissions create`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, CreateOrganizationPermission};

use super::tables;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Make a permission, which no role grants yet.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Its key, `org:posts:edit` for example: `org:`, what it is about, `:` and the action
    key: String,
    /// Its name
    name: String,
    /// What it allows, for people
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
}

pub(crate) async fn run(
    arguments: CreateArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let new = CreateOrganizationPermission {
        description: arguments.description,
        ..CreateOrganizationPermission::new(arguments.key, arguments.name)
    };
    let permission = client.organization_permissions().create(&new).await?;
    output.show(&permission, tables::permission)?;
    Ok(ExitStatus::Done)
}
