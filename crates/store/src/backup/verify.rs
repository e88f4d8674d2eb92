//! Whether a copy is sound, and what is in it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::{BackupError, judge, of_open, of_store};
use crate::migrations::NEWEST;
use crate::{Clock, DataFolder, Options, Store, Verdict};

/// How long a copy waits for others that have the database to themselves for a moment.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The version of its schema.
    pub schema_version: i64,
    /// How many instances there are.
    pub instances: u64,
    /// How many secret keys, with those that are revoked.
    pub keys: u64,
    /// How many organizations, of all instances.
    pub organizations: u64,
    /// How many users, of all instances.
    pub users: u64,
    /// How many memberships, of all instances.
    pub memberships: u64,
}

impl Contents {
    /// Tells whether opening the database leaves its schema as it is.
    pub fn is_current(&self) -> bool {
        self.schema_version == NEWEST
    }
}

/// Checks a copy as `doctor` would, but for the clock, tells what it holds, and makes it one file.
///
/// Faults are told of the file `named`. Counters are checked only where the schema is the newest:
/// the checks know no other.
pub(super) async fn verify(
    copy: &DataFolder,
    named: &Path,
    clock: Arc<dyn Clock>,
) -> Result<Contents, BackupError> {
    let file = copy.database();
    let version = version(&file, named)?;
    let contents = if version == NEWEST {
        let options = Options { clock, ..Options::default() };
        let store = Store::open_beside(&copy.clone().into(), options).await;
        let store = store.map_err(|error| of_open(named, error))?;
        for finding in store.check().await.map_err(|error| of_store(named, error))? {
            match finding.verdict {
                Verdict::Faulty { what, .. } if finding.subject != "times" => {
                    let what = format!("{}: {what}", finding.subject);
                    return Err(BackupError::Damaged { path: named.display().to_string(), what });
                }
                _ => {}
            }
        }
        contents(&file, version).map_err(|error| judge(named, error))?
    } else {
        verify_file(&file, named)?
    };
    seal(&file).map_err(|error| judge(named, error))?;
    Ok(contents)
}

/// Checks a file and its references, whatever the version of its schema.
pub(super) fn verify_file(file: &Path, named: &Path) -> Result<Contents, BackupError> {
    let version = version(file, named)?;
    let failed = |error| judge(named, error);
    let damaged = |what| BackupError::Damaged { path: named.display().to_string(), what };
    let database = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
    let check = "PRAGMA integrity_check(1)";
    let found: String = database.query_row(check, [], |row| row.get(0)).map_err(failed)?;
    if found != "ok" {
        return Err(damaged(format!("database file: {found}")));
    }
    let check = "SELECT count(*) FROM pragma_foreign_key_check";
    match database.query_row(check, [], |row| row.get(0)).map_err(failed)? {
        0 => contents(file, version).map_err(failed),
        broken => Err(damaged(format!("references: {broken} lead nowhere"))),
    }
}

/// The version of the schema, of a database that is one of ours.
fn version(file: &Path, named: &Path) -> Result<i64, BackupError> {
    let path = || named.display().to_string();
    let sql = "SELECT coalesce(max(version), 0) FROM migrations";
    let read = || {
        let database = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        database.query_row(sql, [], |row| row.get(0))
    };
    match read().map_err(|error| judge(named, error))? {
        found if found > NEWEST => Err(BackupError::Newer { path: path(), found, known: NEWEST }),
        ..1 => Err(BackupError::Foreign { path: path(), reason: "it has no schema".to_owned() }),
        found => Ok(found),
    }
}

fn contents(file: &Path, schema_version: i64) -> rusqlite::Result<Contents> {
    let database = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let count =
        |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
    // What a removal has left behind is there no more.
    let counted = |kind: &str| {
        count(&format!("SELECT coalesce(sum(total), 0) FROM instance_counts WHERE kind = '{kind}'"))
    };
    Ok(Contents {
        schema_version,
        instances: count("SELECT count(*) FROM instances")?,
        keys: count("SELECT count(*) FROM keys")?,
        organizations: counted("organizations")?,
        users: counted("users")?,
        memberships: counted("memberships")?,
    })
}

/// Makes a database one file that can be read without others beside it, by moving its log in.
pub(super) fn seal(file: &Path) -> rusqlite::Result<Connection> {
    let database = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mode: String = database.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    if mode == "delete" { Ok(database) } else { Err(busy()) }
}

pub(super) fn open(file: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

pub(super) fn busy() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
        Some("others do not let go of the database".to_owned()),
    )
}
