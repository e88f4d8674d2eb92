//! `guildhall sessions revoke`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::{SessionArguments, tables};
use crate::confirm::ConfirmArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

/// End a session for good.
///
/// It gets no further token; those that it has stay valid for their time.
#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    #[command(flatten)]
    session: SessionArguments,
    #[command(flatten)]
    confirm: ConfirmArguments,
}

pub(crate) async fn run(
    arguments: RevokeArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let session_id = arguments.session.session_id;
    arguments.confirm.confirm(&format!("End the session `{session_id}`?"))?;
    let session = client.sessions().revoke(&session_id).await?;
    output.show(&session, tables::session)?;
    Ok(ExitStatus::Done)
}
