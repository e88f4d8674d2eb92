//! `guildhall sessions set-active`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, OrganizationId};

use super::{SessionArguments, tables};
use crate::exit::ExitStatus;
use crate::output::Output;

/// Make an organization the active one of a session, or none; an addition of Guildhall.
///
/// The sessions that the user begins later start in it too. The next token of the session tells it.
#[derive(Debug, Args)]
pub(crate) struct SetActiveArguments {
    #[command(flatten)]
    session: SessionArguments,
    #[command(flatten)]
    active: ActiveArguments,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct ActiveArguments {
    /// The organization (`org_…`), of which the user has to be a member
    organization_id: Option<String>,
    /// No organization is to be active
    #[arg(long)]
    none: bool,
}

pub(crate) async fn run(
    arguments: SetActiveArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    // Without an organization there is `--none`.
    let organization_id = arguments.active.organization_id.map(OrganizationId::from);
    let session_id = &arguments.session.session_id;
    let sessions = client.sessions();
    let session = sessions.set_active_organization(session_id, organization_id.as_ref()).await?;
    output.show(&session, tables::session)?;
    Ok(ExitStatus::Done)
}
