//! `guildhall role-sets update`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, UpdateRoleSet};

use super::{RoleSetArguments, tables};
use crate::exit::ExitStatus;
use crate::output::Output;

/// Change a role set; what is not given stays.
#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    #[command(flatten)]
    target: RoleSetArguments,
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
    /// Make it the set that new organizations get; the present one is no more
    #[arg(long)]
    initial: bool,
    /// The role that whoever creates an organization gets, by its key
    #[arg(long, value_name = "ROLE")]
    creator_role: Option<String>,
    /// The role that new members get, by its key
    #[arg(long, value_name = "ROLE")]
    default_role: Option<String>,
}

pub(crate) async fn run(
    arguments: UpdateArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let ChangeArguments { key, name, description, initial, creator_role, default_role } =
        arguments.changes;
    let changes = UpdateRoleSet {
        name,
        key,
        description,
        kind: initial.then(|| "initial".to_owned()),
        default_role_key: default_role,
        creator_role_key: creator_role,
    };
    let set = client.role_sets().update(&arguments.target.role_set, &changes).await?;
    output.show(&set, tables::role_set)?;
    Ok(ExitStatus::Done)
}
