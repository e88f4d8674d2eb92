//! `guildhall role-sets add-roles`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{AddRolesToRoleSet, Client};

use super::{RoleSetArguments, tables};
use crate::exit::ExitStatus;
use crate::output::Output;

/// Add roles to a role set; those that it has stay.
#[derive(Debug, Args)]
pub(crate) struct AddRolesArguments {
    #[command(flatten)]
    target: RoleSetArguments,
    /// The roles, by their keys (`org:editor`); up to 10
    #[arg(required = true)]
    role: Vec<String>,
    /// The role that whoever creates an organization gets from now on, by its key
    #[arg(long, value_name = "ROLE")]
    creator_role: Option<String>,
    /// The role that new members get from now on, by its key
    #[arg(long, value_name = "ROLE")]
    default_role: Option<String>,
}

pub(crate) async fn run(
    arguments: AddRolesArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let roles = AddRolesToRoleSet {
        role_keys: arguments.role,
        default_role_key: arguments.default_role,
        creator_role_key: arguments.creator_role,
    };
    let set = client.role_sets().add_roles(&arguments.target.role_set, &roles).await?;
    output.show(&set, tables::role_set)?;
    Ok(ExitStatus::Done)
}
