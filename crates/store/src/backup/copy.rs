//! Copies the pages of a database that is written to meanwhile, and bytes of files.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use rusqlite::OpenFlags;
use rusqlite::backup::{Backup, StepResult};
use sha2::{Digest, Sha256};

use super::error::{BackupError, file_error, judge};
use super::make::Progress;
use super::verify::{busy, open};
use crate::Clock;

/// How many pages are copied between two looks at the disk; 4 MiB.
const PAGES_A_STEP: i32 = 1024;
/// How many bytes of a file are read at a time.
const BYTES_AT_A_TIME: usize = 1 << 20;

/// Copies every page of a database to an empty file; tells which moment the copy holds.
///
/// The source keeps one read transaction from the first page to the last. In it the pages are
/// those of one moment, whatever others commit meanwhile, and SQLite never begins the copy again,
/// as it does under a busy writer between steps without a transaction. Writers do not wait for
/// readers; only the log cannot be started over meanwhile, so the transaction should be short.
/// Therefore pages are copied as they are, which is as fast as the disk: `VACUUM INTO` builds
/// every table and index anew in a transaction several times as long. Each step is brought to the
/// disk before the next, so that a commit never waits behind all of the copy.
pub(super) fn copy(
    source: &Path,
    target: &Path,
    clock: &dyn Clock,
    seen: &mut dyn FnMut(Progress),
) -> Result<i64, BackupError> {
    let failed = |error| judge(source, error);
    let from = open(source, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    from.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema").map_err(failed)?;
    let taken_at = clock.now();
    let page: i64 = from.query_row("PRAGMA page_size", [], |row| row.get(0)).map_err(failed)?;
    let mut to = open(target, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
    // What fails half-way is removed, so nothing is undone, and the disk is asked for here.
    to.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF").map_err(failed)?;
    let file = File::open(target).map_err(|error| file_error(target, error))?;
    let pages = Backup::new(&from, &mut to).map_err(failed)?;
    loop {
        let step = pages.step(PAGES_A_STEP).map_err(failed)?;
        file.sync_data().map_err(|error| file_error(target, error))?;
        let (done, page) = (pages.progress(), page.unsigned_abs());
        let in_bytes = |pages: i32| u64::from(pages.unsigned_abs()) * page;
        let bytes = in_bytes(done.pagecount - done.remaining);
        seen(Progress::Copied { bytes, of: in_bytes(done.pagecount) });
        match step {
            StepResult::Done => return Ok(taken_at),
            StepResult::More => {}
            _ => return Err(failed(busy())),
        }
    }
}

/// Copies bytes; tells how many, and their SHA-256 in hexadecimal.
pub(super) fn stream(
    from: &mut dyn Read,
    to: &mut dyn Write,
    seen: &mut dyn FnMut(u64),
) -> io::Result<(u64, String)> {
    let (mut bytes, mut hash) = (0, Sha256::new());
    let mut buffer = vec![0; BYTES_AT_A_TIME];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        bytes += u64::try_from(read).unwrap_or_default();
        seen(bytes);
    }
    Ok((bytes, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}
