//! `guildhall organizations get`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::{IncludeArguments, tables};
use crate::exit::ExitStatus;
use crate::output::Output;

/// Show one organization.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    /// The organization, by its id (`org_…`) or its slug
    #[arg(value_name = "ORGANIZATION_ID|SLUG")]
    organization: String,
    #[command(flatten)]
    include: IncludeArguments,
}

pub(crate) async fn run(
    arguments: GetArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let include = arguments.include.into();
    let organization = client.organizations().get(&arguments.organization, &include).await?;
    output.show(&organization, tables::organization)?;
    Ok(ExitStatus::Done)
}
