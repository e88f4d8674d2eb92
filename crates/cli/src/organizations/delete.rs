//! `guildhall organizations delete`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use crate::confirm::ConfirmArguments;
use crate::exit::ExitStatus;
use crate::output::{Output, deleted};

/// Delete an organization with all its memberships.
#[derive(Debug, Args)]
pub(crate) struct DeleteArguments {
    /// The organization (`org_…`)
    organization_id: String,
    #[command(flatten)]
    confirm: ConfirmArguments,
}

pub(crate) async fn run(
    arguments: DeleteArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let organization_id = arguments.organization_id;
    let question = format!("Delete `{organization_id}` with all its memberships?");
    arguments.confirm.confirm(&question)?;
    let answer = client.organizations().delete(&organization_id).await?;
    output.show(&answer, deleted)?;
    Ok(ExitStatus::Done)
}
