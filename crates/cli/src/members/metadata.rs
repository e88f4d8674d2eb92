//! `guildhall members metadata`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, UpdateMetadata};

use super::{MemberArguments, tables};
use crate::exit::ExitStatus;
use crate::metadata;
use crate::output::Output;

/// Merge metadata into that of a membership.
///
/// Each value is a JSON object, `@FILE`, or `-` for stdin. The merge is deep, and `null` removes
/// a key at any level: `--public '{"team":{"color":"red","motto":null}}'` sets the color and
/// removes the motto. What is not given stays.
#[derive(Debug, Args)]
pub(crate) struct MetadataArguments {
    #[command(flatten)]
    member: MemberArguments,
    /// Metadata that frontends may read
    #[arg(long, value_name = "JSON", required_unless_present = "private")]
    public: Option<String>,
    /// Metadata that only backends see
    #[arg(long, value_name = "JSON")]
    private: Option<String>,
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
    let MemberArguments { organization_id, user_id } = arguments.member;
    let memberships = client.organization_memberships();
    let membership = memberships.update_metadata(&organization_id, &user_id, &changes).await?;
    output.show(&membership, tables::membership)?;
    Ok(ExitStatus::Done)
}
