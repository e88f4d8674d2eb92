//! Puts a backup in the place of a SQLite database.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode};

use super::Draft;
use super::copy::stream;
use super::draft::{COMPANIONS, beside, is_same, sync_folder_of};
use super::error::{BackupError, file_error, judge};
use super::make::Progress;
use super::verify::{Contents, seal, verify};
use crate::{Clock, DataFolder};

/// A backup that was put in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// How large the backup is.
    pub bytes: u64,
    /// The SHA-256 of the backup, in hexadecimal.
    pub sha256: String,
    /// What is in it.
    pub contents: Contents,
    /// Where the database is that was in the folder; `None` where there was none.
    pub kept: Option<PathBuf>,
}

/// Puts the backup in `file` in the place of the database of a folder that no server uses.
///
/// What was there is kept beside it, its name followed by `.before-restore-` and `label`. The
/// backup is copied and checked first. Whenever the process is killed, the folder holds the one
/// database or the other, whole. Blocks the thread as long as the disk takes.
///
/// # Errors
/// See [`BackupError`]; the database is as it was then.
pub async fn restore(
    folder: &DataFolder,
    file: &Path,
    label: &str,
    clock: Arc<dyn Clock>,
    seen: &mut (dyn FnMut(Progress) + Send),
) -> Result<Restored, BackupError> {
    let _lock = folder.lock()?;
    let database = folder.database();
    refuse_databases(&database, file)?;
    let draft = Draft::begin(&beside(&database, ".restoring"))?;
    let (bytes, sha256) = fetch(file, &draft.database(), seen)?;
    seen(Progress::Checking);
    let contents = verify(&draft.folder, file, clock).await?;
    let kept = beside(&database, &format!(".before-restore-{label}"));
    let is_kept = replace(&database, &draft, &kept)?;
    Ok(Restored { bytes, sha256, contents, kept: is_kept.then_some(kept) })
}

/// A file that is being written to cannot be copied byte by byte.
fn refuse_databases(own: &Path, file: &Path) -> Result<(), BackupError> {
    let in_use = |by| Err(BackupError::InUse { path: file.display().to_string(), by });
    if is_same(own, file) {
        return in_use("it is the database of the folder itself");
    }
    let lock = file.with_file_name("lock");
    if file.file_name() != own.file_name() || !lock.exists() {
        return Ok(());
    }
    match OpenOptions::new().write(true).open(&lock).map(|lock| lock.try_lock()) {
        Ok(Err(TryLockError::WouldBlock)) => {
            in_use("by a server; make a backup of it by `guildhall backup`")
        }
        _ => Ok(()),
    }
}

/// Copies the file, and the log that SQLite may have left beside it, into a draft.
fn fetch(
    file: &Path,
    draft: &Path,
    seen: &mut dyn FnMut(Progress),
) -> Result<(u64, String), BackupError> {
    let fetch = |from: &Path, to: &Path, seen: &mut dyn FnMut(Progress)| {
        let mut from = File::open(from)?;
        let metadata = from.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
        }
        let of = metadata.len();
        stream(&mut from, &mut File::create(to)?, &mut |bytes| {
            seen(Progress::Copied { bytes, of });
        })
    };
    let read = fetch(file, draft, seen).map_err(|error| file_error(file, error))?;
    for companion in ["-wal", "-journal"] {
        let log = beside(file, companion);
        if log.exists() {
            fetch(&log, &beside(draft, companion), &mut |_| {})
                .map_err(|error| file_error(&log, error))?;
        }
    }
    Ok(read)
}

/// Keeps the database under another name and puts the draft in its place; tells whether there was
/// anything to keep.
///
/// The old file gets its second name before the new one takes the first, so that at no moment the
/// folder is without a database, which a server would then make.
fn replace(database: &Path, draft: &Draft, kept: &Path) -> Result<bool, BackupError> {
    let old = shut(database)?;
    let is_empty = is_empty(database);
    let replace = || {
        draft.sync()?;
        if !is_empty {
            fs::hard_link(database, kept)?;
        }
        // Only beside a database that SQLite cannot read. A log that stays would be taken for one
        // of the new database, so it goes first.
        for companion in COMPANIONS {
            match fs::rename(beside(database, companion), beside(kept, companion)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        sync_folder_of(database)?;
        fs::rename(draft.database(), database)?;
        sync_folder_of(database)
    };
    replace().map_err(|error| file_error(database, error))?;
    drop(old);
    Ok(!is_empty)
}

/// Moves the log into the database and keeps every other process out of it, until the connection
/// is dropped; `None` for a file that nobody uses: SQLite cannot read it, or it is empty.
fn shut(database: &Path) -> Result<Option<Connection>, BackupError> {
    let shut = || {
        let connection = seal(database)?;
        // SQLite would begin to fill an empty one.
        if is_empty(database) {
            return Ok(None);
        }
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        Ok(Some(connection))
    };
    shut().or_else(|error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Ok(None),
        Some(ErrorCode::DatabaseBusy) => Err(BackupError::InUse {
            path: database.display().to_string(),
            by: "another command works on it; try again when it has ended",
        }),
        _ => Err(judge(database, error)),
    })
}

fn is_empty(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|metadata| metadata.len() == 0)
}
