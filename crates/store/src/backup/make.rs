//! Makes a backup of the database of a data folder.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::Draft;
use super::copy::{copy, stream};
use super::draft::{COMPANIONS, beside, is_same};
use super::error::{BackupError, file_error};
use super::verify::{Contents, verify};
use crate::{Clock, DataFolder};

/// What no backup may be called in a data folder, beside the database and what belongs to it.
const FILES_OF_A_SERVER: [&str; 2] = ["lock", "development-key"];

/// How far a backup or a restore has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many bytes of so many are copied.
    Copied {
        /// Copied so far.
        bytes: u64,
        /// All of them.
        of: u64,
    },
    /// The copy is whole and is being checked.
    Checking,
}

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Which moment of the database it holds, in Unix milliseconds.
    pub taken_at: i64,
    /// How large the file is.
    pub bytes: u64,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// What is in it.
    pub contents: Contents,
}

/// Copies the database of a data folder to `target`, while a server writes to it or not.
///
/// The copy is what was committed at one moment. A file of that name is replaced, and only by a
/// copy that was found sound; where anything fails, or the process is killed, it stays as it was.
/// Takes memory for a few megabytes whatever the size. Blocks the thread as long as the disk takes.
///
/// # Errors
/// See [`BackupError`]; there is no new file then.
pub async fn backup(
    folder: &DataFolder,
    target: &Path,
    clock: Arc<dyn Clock>,
    seen: &mut (dyn FnMut(Progress) + Send),
) -> Result<Backup, BackupError> {
    refuse_databases(folder, target)?;
    let source = folder.database();
    let draft = Draft::begin(target)?;
    let taken_at = copy(&source, &draft.database(), &*clock, seen)?;
    seen(Progress::Checking);
    let contents = verify(&draft.folder, &source, clock).await?;
    let read = || stream(&mut File::open(draft.database())?, &mut io::sink(), &mut |_| {});
    let (bytes, sha256) = read().map_err(|error| file_error(target, error))?;
    draft.publish(target)?;
    Ok(Backup { taken_at, bytes, sha256, contents })
}

/// Refuses to write over a database that is in use, the one of the folder above all.
fn refuse_databases(folder: &DataFolder, target: &Path) -> Result<(), BackupError> {
    let own = folder.database();
    let names = [""].into_iter().chain(COMPANIONS).map(|it| beside(&own, it));
    let others = FILES_OF_A_SERVER.map(|name| own.with_file_name(name));
    let is_own = names.chain(others).any(|path| is_same(&path, target));
    let used = COMPANIONS.map(|companion| beside(target, companion));
    let by = if is_own {
        "it is a file of the data folder itself; give another name"
    } else if used.iter().any(|path| path.exists()) {
        "SQLite's log is beside it, as of a database that is open; give another name"
    } else {
        return Ok(());
    };
    Err(BackupError::InUse { path: target.display().to_string(), by })
}
