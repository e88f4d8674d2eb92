//! A copy from its beginning, or where it stopped, to its end.

use super::checksum::{Sum, next, sum};
use super::error::CopyError;
use super::origin::{CopySource, Origin};
use super::tables::Shape;
use super::target::Target;
use crate::Database;
use crate::dialect::COUNT_SEARCHED_USERS;
use crate::migrations::NEWEST;
use crate::reading::Snapshot;

/// What is done about what an unfinished copy has written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// The copy goes on behind it.
    #[default]
    No,
    /// It is thrown away, and the copy begins anew.
    Yes,
}

/// How far a copy has come, in rows of all tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyProgress {
    /// Servers, or other commands, are connected to the source; what they write from now on is not
    /// copied.
    InUse {
        /// How many connections they have.
        connections: u64,
    },
    /// So many rows are in the target.
    Copied {
        /// Those that are there.
        rows: u64,
        /// All of them.
        of: u64,
    },
    /// So many rows are compared.
    Compared {
        /// Those that are.
        rows: u64,
        /// All of them.
        of: u64,
    },
}

/// A copy that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The name of the source, without a password.
    pub source: String,
    /// The version of the schema of both.
    pub schema_version: i64,
    /// Every table, in the order in which they were copied.
    pub tables: Vec<CopiedTable>,
}

/// A table that is the same in the source and in the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub table: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// The SHA-256 of its rows in the order of their keys, in hexadecimal; the same on both
    /// databases.
    pub sha256: String,
}

/// Copies every row of `source` to `target`, which must be empty, or hold what an earlier attempt
/// from the same source has written; then compares both.
///
/// The source is read in one state. A data folder is kept from servers meanwhile; servers on
/// PostgreSQL go on, and what they write is not copied. The target cannot be opened until it was
/// found to be the same. Takes memory for a few hundred rows. Blocks the thread as long as SQLite
/// takes.
///
/// # Errors
/// See [`CopyError`]; what was copied stays, for the next attempt.
pub async fn copy(
    source: &CopySource,
    target: &Database,
    restart: Restart,
    seen: &mut dyn FnMut(CopyProgress),
) -> Result<Copied, CopyError> {
    let mut from = Origin::open(source).await?;
    let mut to = Target::open(target, &from.name, restart == Restart::Yes).await?;
    if let connections @ 1.. = from.connections {
        seen(CopyProgress::InUse { connections });
    }
    let shapes = to.shapes().await?;
    let of = from.rows().await?;
    for shape in &shapes {
        fill(&mut from, &mut to, shape, of, seen).await?;
    }
    let tables = compare(&mut from, &to, &shapes, of, seen).await?;
    to.publish().await?;
    Ok(Copied { source: from.name, schema_version: NEWEST, tables })
}

async fn fill(
    from: &mut Origin,
    to: &mut Target,
    shape: &Shape,
    of: u64,
    seen: &mut dyn FnMut(CopyProgress),
) -> Result<(), CopyError> {
    let mut after = to.last(shape).await?;
    loop {
        seen(CopyProgress::Copied { rows: to.under_way.copied.unsigned_abs(), of });
        let rows = next(&mut from.snapshot, shape, after).await.map_err(CopyError::Read)?;
        let Some(last) = rows.last() else { return to.commit().await };
        after = Some(shape.key_of(last));
        to.write(shape, rows).await?;
    }
}

async fn compare(
    from: &mut Origin,
    to: &Target,
    shapes: &[Shape],
    of: u64,
    seen: &mut dyn FnMut(CopyProgress),
) -> Result<Vec<CopiedTable>, CopyError> {
    let (mut tables, mut compared) = (Vec::new(), 0);
    let mut copy = to.snapshot().await?;
    for shape in shapes {
        let mut count = |rows| {
            compared += rows;
            seen(CopyProgress::Compared { rows: compared, of });
        };
        let mut nobody = |_| {};
        let (in_source, in_target) = tokio::join!(
            sum(&mut from.snapshot, shape, &mut count),
            sum(&mut copy, shape, &mut nobody),
        );
        let in_source = in_source.map_err(CopyError::Read)?;
        let in_target = in_target.map_err(CopyError::Write)?;
        if in_source != in_target {
            return Err(differs(shape.table, in_source.rows, in_target.rows));
        }
        let Sum { rows, sha256 } = in_source;
        if shape.table == "users" {
            compare_search(&mut copy, rows).await?;
        }
        tables.push(CopiedTable { table: shape.table, rows, sha256 });
    }
    Ok(tables)
}

/// Compares how many users SQLite's index of trigrams has with how many there are.
async fn compare_search(copy: &mut Snapshot, users: u64) -> Result<(), CopyError> {
    if copy.is_postgres() {
        return Ok(());
    }
    let found = copy.row(COUNT_SEARCHED_USERS, vec![], |row| row.integer(0)).await;
    let found = found.map_err(CopyError::Write)?.unwrap_or_default().unsigned_abs();
    if found == users { Ok(()) } else { Err(differs("user_search", users, found)) }
}

fn differs(table: &'static str, in_source: u64, in_target: u64) -> CopyError {
    CopyError::Differs { table, in_source, in_target }
}
