//! The rows of a table in one number, the same on both databases.

use sha2::{Digest, Sha256};

use super::tables::{Shape, Values};
use crate::db::Value;
use crate::error::Error;
use crate::reading::Snapshot;

/// How many rows a table has, and what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) rows: u64,
    /// The SHA-256 of the values in the order of the keys, in hexadecimal.
    pub(super) sha256: String,
}

/// Reads every row of a table; `seen` is told how many after each batch.
pub(super) async fn sum(
    snapshot: &mut Snapshot,
    shape: &Shape,
    seen: &mut dyn FnMut(u64),
) -> Result<Sum, Error> {
    let (mut hash, mut rows) = (Sha256::new(), 0);
    hash.update(shape.columns().join(","));
    let mut after = None;
    loop {
        let batch = next(snapshot, shape, after).await?;
        let Some(last) = batch.last() else { break };
        after = Some(shape.key_of(last));
        batch.iter().flatten().for_each(|value| add(&mut hash, value));
        let read = u64::try_from(batch.len()).unwrap_or_default();
        rows += read;
        seen(read);
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Sum { rows, sha256 })
}

/// The rows behind a key, or the first ones; none at the end.
pub(super) async fn next(
    snapshot: &mut Snapshot,
    shape: &Shape,
    after: Option<Values>,
) -> Result<Vec<Values>, Error> {
    let sql = shape.select(after.is_none());
    snapshot.rows(sql, after.unwrap_or_default(), |row| row.values()).await
}

/// Adds a value so that no two lists of values give the same bytes: its kind, its length and itself.
fn add(hash: &mut Sha256, value: &Value<'_>) {
    match value {
        Value::Null => hash.update([0]),
        Value::Integer(number) => {
            hash.update([1]);
            hash.update(number.to_be_bytes());
        }
        Value::Text(text) => {
            hash.update([2]);
            hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(text.as_bytes());
        }
    }
}
