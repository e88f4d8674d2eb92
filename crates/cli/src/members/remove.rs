//! `guildhall members remove`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::{MemberArguments, tables};
use crate::confirm::ConfirmArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Remove a user from an organization, and print the membership that was.
#[derive(Debug, Args)]
pub(crate) struct RemoveArguments {
    #[command(flatten)]
    member: MemberArguments,
    #[command(flatten)]
    confirm: ConfirmArguments,
}

pub(crate) async fn run(
    arguments: RemoveArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let MemberArguments { organization_id, user_id } = arguments.member;
    arguments.confirm.confirm(&format!("Remove `{user_id}` from `{organization_id}`?"))?;
    let membership = client.organization_memberships().delete(&organization_id, &user_id).await?;
    if !output.is_json() {
        Output::note("Removed:");
    }
    output.show(&membership, tables::membership)?;
    Ok(ExitStatus::Done)
}
