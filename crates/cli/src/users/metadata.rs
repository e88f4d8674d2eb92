//! `guildhall users metadata`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, UpdateUserMetadata};

use super::tables;
use crate::exit::ExitStatus;
use crate::metadata;
use crate::output::Output;

/// Merge metadata into that of a user, or replace it.
///
/// Each value is a JSON object, `@FILE`, or `-` for stdin. The merge is deep, and `null` removes
/// a key at any level. With --replace a value takes the place of the stored one. What is not
/// given stays.
#[derive(Debug, Args)]
pub(crate) struct MetadataArguments {
    /// The user (`user_…`)
    user_id: String,
    #[command(flatten)]
    values: ValueArguments,
    /// Replace the stored metadata instead of merging into it
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct ValueArguments {
    /// Metadata that frontends may read
    #[arg(long, value_name = "JSON")]
    public: Option<String>,
    /// Metadata that only backends see
    #[arg(long, value_name = "JSON")]
    private: Option<String>,
    /// Metadata that frontends may read and write
    #[arg(long, value_name = "JSON")]
    r#unsafe: Option<String>,
}

pub(crate) async fn run(
    arguments: MetadataArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let [public_metadata, private_metadata, unsafe_metadata] = metadata::read_all([
        ("--public", arguments.values.public.as_deref()),
        ("--private", arguments.values.private.as_deref()),
        ("--unsafe", arguments.values.r#unsafe.as_deref()),
    ])?;
    let changes = UpdateUserMetadata { public_metadata, private_metadata, unsafe_metadata };
    let users = client.users();
    let user = if arguments.replace {
        users.replace_metadata(&arguments.user_id, &changes).await?
    } else {
        users.update_metadata(&arguments.user_id, &changes).await?
    };
    output.show(&user, tables::user)?;
    Ok(ExitStatus::Done)
}
