//! `guildhall keys rotate-signing`.

use anyhow::Result;
use clap::Args;
use guildhall_server::SigningKeys;
use guildhall_store::Store;

use super::instance;
use super::signing::ServerKeyArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Sign session tokens with a new key from now on.
///
/// The key before is still told to those who verify tokens for as long as --overlap says, so that
/// tokens signed by it stay valid. Give 0 where it may be in wrong hands: its tokens are then refused
/// as soon as whoever verifies asks for the keys again.
#[derive(Debug, Args)]
pub(crate) struct RotateSigningArguments {
    /// The instance (`ins_…`)
    instance_id: String,
    /// For how many seconds the key before is still told; a day when not given
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400,
          value_parser = clap::value_parser!(i64).range(0..=3_153_600_000))]
    overlap: i64,
    #[command(flatten)]
    pub(super) server_key: ServerKeyArguments,
}

pub(crate) async fn run(
    arguments: &RotateSigningArguments,
    keys: &SigningKeys,
    store: &Store,
) -> Result<ExitStatus> {
    let instance = instance(store, &arguments.instance_id).await?;
    let key_id = keys.rotate(store, &instance, arguments.overlap * 1000).await?;
    Output::note(&format!("Session tokens are signed by `{key_id}` from now on."));
    Ok(ExitStatus::Done)
}
