//! `guildhall role-sets replace`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, ReplaceRoleSet};

use super::RoleSetArguments;
use crate::confirm::ConfirmArguments;
use crate::exit::ExitStatus;
use crate::output::{Output, deleted};

/// Put another role set in the place of one, which is deleted.
///
/// Its organizations get the other set. Where their members are many, they get their new roles
/// behind the command; until all have, `guildhall role-sets get` tells how far it is.
#[derive(Debug, Args)]
pub(crate) struct ReplaceArguments {
    #[command(flatten)]
    target: RoleSetArguments,
    /// The role set that takes its place, by its key (`role_set:…`)
    to_role_set: String,
    /// Which role members get instead of one that the other set has not, like
    /// `org:editor=org:member`; can be given several times
    #[arg(long, value_name = "ROLE=ROLE", value_parser = mapping)]
    reassign: Vec<(String, String)>,
    #[command(flatten)]
    confirm: ConfirmArguments,
}

fn mapping(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((from, to)) if !from.is_empty() && !to.is_empty() => {
            Ok((from.to_owned(), to.to_owned()))
        }
        _ => Err("two roles with `=` between them are wanted".to_owned()),
    }
}

pub(crate) async fn run(
    arguments: ReplaceArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let ReplaceArguments { target, to_role_set, reassign, confirm } = arguments;
    let question =
        format!("Delete the role set `{}` in favour of `{to_role_set}`?", target.role_set);
    confirm.confirm(&question)?;
    let replacement = ReplaceRoleSet {
        dest_role_set_key: to_role_set,
        reassignment_mappings: reassign.into_iter().collect(),
    };
    let answer = client.role_sets().replace(&target.role_set, &replacement).await?;
    output.show(&answer, deleted)?;
    Ok(ExitStatus::Done)
}
