//! `guildhall keys revoke`.

use anyhow::{Result, bail};
use clap::Args;
use guildhall_store::Store;

use crate::confirm::ConfirmArguments;
use crate::exit::ExitStatus;
use crate::failure::Refusal;
use crate::output::Output;

/// Revoke a key: the server refuses it from the next request on.
#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    /// The key by its id (`key_…`), as `guildhall keys list` shows it
    key_id: String,
    #[command(flatten)]
    confirm: ConfirmArguments,
}

pub(crate) async fn run(arguments: &RevokeArguments, store: &Store) -> Result<ExitStatus> {
    let key_id = &arguments.key_id;
    if key_id.starts_with("sk_") {
        let text =
            "give the id of the key (`key_…`), not the key itself; see `guildhall keys list`";
        bail!(Refusal(text.to_owned()));
    }
    arguments.confirm.confirm(&format!("Revoke the key `{key_id}`?"))?;
    if !store.revoke_key(key_id).await? {
        bail!(Refusal(format!("there is no key `{key_id}`; see `guildhall keys list`")));
    }
    Output::note(&format!("Revoked `{key_id}`."));
    Ok(ExitStatus::Done)
}
