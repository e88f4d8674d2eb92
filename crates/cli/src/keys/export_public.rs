//! `guildhall keys export-public`.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use guildhall_server::SigningKeys;
use guildhall_store::Store;

use super::instance;
use super::signing::ServerKeyArguments;
use crate::exit::ExitStatus;

/// Print the public key that verifies session tokens, as PEM.
///
/// Clients take it as `CLERK_JWT_KEY` and then verify tokens without asking the server. It is that of
/// the key that signs now: print it again after `guildhall keys rotate-signing`.
#[derive(Debug, Args)]
pub(crate) struct ExportPublicArguments {
    /// The instance (`ins_…`)
    instance_id: String,
    #[command(flatten)]
    pub(super) server_key: ServerKeyArguments,
}

pub(crate) async fn run(
    arguments: &ExportPublicArguments,
    keys: &SigningKeys,
    store: &Store,
) -> Result<ExitStatus> {
    let instance = instance(store, &arguments.instance_id).await?;
    let pem = keys.public_key(store, &instance).await?;
    std::io::stdout().lock().write_all(pem.as_bytes())?;
    Ok(ExitStatus::Done)
}
