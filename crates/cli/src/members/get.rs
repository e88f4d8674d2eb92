//! `guildhall members get`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::{MemberArguments, tables};
use crate::exit::ExitStatus;
use crate::failure::Refusal;
use crate::output::Output;

/// Show one member; exits with 1 where the user is none.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    #[command(flatten)]
    member: MemberArguments,
}

pub(crate) async fn run(
    arguments: GetArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let MemberArguments { organization_id, user_id } = arguments.member;
    let found = client.organization_memberships().get(&organization_id, &user_id).await?;
    let refusal = || Refusal(format!("`{user_id}` is no member of `{organization_id}`"));
    let membership = found.ok_or_else(refusal)?;
    output.show(&membership, tables::membership)?;
    Ok(ExitStatus::Done)
}
