//! `guildhall users delete`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use crate::confirm::ConfirmArguments;
use crate::exit::ExitStatus;
use crate::output::{Output, deleted};

/// Delete a user with all their memberships.
#[derive(Debug, Args)]
pub(crate) struct DeleteArguments {
    /// The user (`user_…`)
    user_id: String,
    #[command(flatten)]
    confirm: ConfirmArguments,
}

pub(crate) async fn run(
    arguments: DeleteArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let user_id = arguments.user_id;
    arguments.confirm.confirm(&format!("Delete `{user_id}` with all their memberships?"))?;
    let answer = client.users().delete(&user_id).await?;
    output.show(&answer, deleted)?;
    Ok(ExitStatus::Done)
}
