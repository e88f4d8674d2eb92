//! `guildhall keys list`.

use anyhow::Result;
use clap::Args;
use guildhall_store::{Key, Store};
use serde::Serialize;

use super::instance;
use crate::exit::ExitStatus;
use crate::output::{Output, rows};
use crate::text::instant;

/// List the keys, oldest first; the keys themselves are not kept and cannot be shown.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only those of this instance (`ins_…`)
    instance_id: Option<String>,
}

#[derive(Serialize)]
struct Row {
    key_id: String,
    instance_id: String,
    origin: String,
    created_at: i64,
    revoked_at: Option<i64>,
}

impl From<Key> for Row {
    fn from(key: Key) -> Self {
        Self {
            key_id: key.id,
            instance_id: key.instance_id,
            origin: key.origin,
            created_at: key.created_at,
            revoked_at: key.revoked_at,
        }
    }
}

pub(crate) async fn run(
    arguments: ListArguments,
    store: &Store,
    output: &mut Output,
) -> Result<ExitStatus> {
    let instance = match &arguments.instance_id {
        None => None,
        Some(id) => Some(instance(store, id).await?),
    };
    let keys: Vec<Row> = store.keys(instance.as_ref()).await?.into_iter().map(Row::from).collect();
    output.show_list(&keys, |keys| {
        rows(
            ["KEY", "INSTANCE", "ORIGIN", "CREATED", "REVOKED"],
            keys.iter().map(|row| {
                [
                    row.key_id.clone(),
                    row.instance_id.clone(),
                    row.origin.clone(),
                    instant(row.created_at),
                    row.revoked_at.map_or_else(|| "-".to_owned(), instant),
                ]
            }),
        )
    })?;
    Ok(ExitStatus::Done)
}
