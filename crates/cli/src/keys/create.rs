//! `guildhall keys create`.

use anyhow::Result;
use clap::Args;
use guildhall_store::Store;

use super::instance;
use crate::exit::ExitStatus;
use crate::new_key;
use crate::output::Output;

/// Make a secret key for an instance, and print it; it is shown only now.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// The instance (`ins_…`)
    instance_id: String,
}

pub(crate) async fn run(
    arguments: CreateArguments,
    store: &Store,
    output: &mut Output,
) -> Result<ExitStatus> {
    let instance = instance(store, &arguments.instance_id).await?;
    new_key::create(store, &instance, output).await?;
    Ok(ExitStatus::Done)
}
