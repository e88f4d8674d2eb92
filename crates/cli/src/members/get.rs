//! `guildhall members get`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::tables;
use crate::exit::ExitStatus;
use crate::failure;
use crate::output::Output;

/// Show one member; exits with 1 where the user is none.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    /// The organization (`org_…`)
    organization_id: String,
    /// The user (`user_…`)
    user_id: String,
}

pub(crate) async fn run(
    arguments: GetArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let GetArguments { organization_id, user_id } = arguments;
    let found = client.organization_memberships().get(&organization_id, &user_id).await?;
    let Some(membership) = found else {
        return Ok(failure::refuse(&format!("`{user_id}` is no member of `{organization_id}`")));
    };
    output.show(&membership, tables::membership)?;
    Ok(ExitStatus::Done)
}
