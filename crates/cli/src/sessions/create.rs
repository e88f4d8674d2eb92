//! `guildhall sessions create`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, CreateSession, OrganizationId};

use super::tables;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Sign a user in, for tests: production instances refuse it unless the operator allows it.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// The user (`user_…`)
    user_id: String,
    /// The organization to be active (`org_…`); the one that the user was last set to or has joined
    /// when not given
    #[arg(long, value_name = "ID")]
    active_organization_id: Option<String>,
}

pub(crate) async fn run(
    arguments: CreateArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let new = CreateSession {
        active_organization_id: arguments.active_organization_id.map(OrganizationId::from),
        ..CreateSession::new(arguments.user_id)
    };
    let session = client.sessions().create(&new).await?;
    output.show(&session, tables::session)?;
    Ok(ExitStatus::Done)
}
