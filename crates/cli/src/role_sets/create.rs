//! `guildhall role-sets create`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, CreateRoleSet};

use super::tables;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Make a role set.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Its name
    name: String,
    /// A role in it, by its key (`org:editor`); can be given up to 10 times
    #[arg(long, value_name = "ROLE", required = true)]
    role: Vec<String>,
    /// The role that whoever creates an organization gets, by its key
    #[arg(long, value_name = "ROLE")]
    creator_role: String,
    /// The role that new members get, by its key
    #[arg(long, value_name = "ROLE")]
    default_role: String,
    /// Its key (`role_set:pro`); made from the name when not given
    #[arg(long)]
    key: Option<String>,
    /// What it is for, for people
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    /// Make it the set that new organizations get
    #[arg(long)]
    initial: bool,
}

pub(crate) async fn run(
    arguments: CreateArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let new = CreateRoleSet {
        name: arguments.name,
        key: arguments.key,
        description: arguments.description,
        default_role_key: arguments.default_role,
        creator_role_key: arguments.creator_role,
        kind: arguments.initial.then(|| "initial".to_owned()),
        roles: arguments.role,
    };
    let set = client.role_sets().create(&new).await?;
    output.show(&set, tables::role_set)?;
    Ok(ExitStatus::Done)
}
