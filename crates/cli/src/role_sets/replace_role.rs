//! `guildhall role-sets replace-role`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, ReplaceRoleInRoleSet};

use super::{RoleSetArguments, tables};
use crate::confirm::ConfirmArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Put another role in the place of one; members who have it get the other one.
///
/// Where they are many, they get it behind the command; `guildhall role-sets get` tells how far it
/// is.
#[derive(Debug, Args)]
pub(crate) struct ReplaceRoleArguments {
    #[command(flatten)]
    target: RoleSetArguments,
    /// The role that goes, by its key (`org:editor`)
    role: String,
    /// The role that its members get, by its key
    to_role: String,
    #[command(flatten)]
    confirm: ConfirmArguments,
}

pub(crate) async fn run(
    arguments: ReplaceRoleArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let ReplaceRoleArguments { target, role, to_role, confirm } = arguments;
    let question =
        format!("Give everybody who is `{role}` in `{}` the role `{to_role}`?", target.role_set);
    confirm.confirm(&question)?;
    let roles = ReplaceRoleInRoleSet { role_key: role, to_role_key: to_role };
    let set = client.role_sets().replace_role(&target.role_set, &roles).await?;
    output.show(&set, tables::role_set)?;
    Ok(ExitStatus::Done)
}
