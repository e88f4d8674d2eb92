//! `guildhall organizations metadata`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, UpdateMetadata};

use super::tables;
use crate::exit::ExitStatus;
use crate::metadata;
use crate::output::Output;

/// Merge metadata into that of an organization, or replace it.
///
/// Each value is a JSON object, `@FILE`, or `-` for stdin. The merge is deep, and `null` removes
/// a key at any level. With --replace a value takes the place of the stored one. What is not
/// given stays.
#[derive(Debug, Args)]
pub(crate) struct MetadataArguments {
    /// The organization (`org_…`)
    organization_id: String,
    /// Metadata that frontends may read
    #[arg(long, value_name = "JSON", required_unless_present = "private")]
    public: Option<String>,
    /// Metadata that only backends see
    #[arg(long, value_name = "JSON")]
    private: Option<String>,
    /// Replace the stored metadata instead of merging into it
    #[arg(long)]
    replace: bool,
}

pub(crate) async fn run(
    arguments: MetadataArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let [public_metadata, private_metadata] = metadata::read_all([
        ("--public", arguments.public.as_deref()),
        ("--private", arguments.private.as_deref()),
    ])?;
    let changes = UpdateMetadata { public_metadata, private_metadata };
    let (organizations, id) = (client.organizations(), &arguments.organization_id);
    let organization = if arguments.replace {
        organizations.replace_metadata(id, &changes).await?
    } else {
        organizations.update_metadata(id, &changes).await?
    };
    output.show(&organization, tables::organization)?;
    Ok(ExitStatus::Done)
}
