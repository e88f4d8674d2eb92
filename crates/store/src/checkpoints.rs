//! Moves SQLite's log into the database beside the writer, so that no commit waits for it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use crate::error::Error;
use crate::reading::Pool;
use crate::sqlite::{Purpose, Session};

/// From which size on the log is moved into the database.
const LOG_BYTES: u64 = 4 << 20;
/// From which size on the log is emptied even though that holds up readers and the writer.
const LOG_BYTES_AT_MOST: u64 = 256 << 20;
/// Emptying the log waits for readers and has the writer wait: a long read, such as a backup, must
/// not become a long write. What is not emptied now is tried again soon.
const PATIENCE: &str = "PRAGMA busy_timeout = 20";
/// How often a log of that size is looked at: it keeps its size, so that once in a while is enough.
const INTERVAL: Duration = Duration::from_millis(200);
/// How often a smaller log is looked at: to wake up for each commit would hold up the next one.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// What moves the log.
pub(crate) struct Checkpoints {
    session: Session,
    readers: Pool,
    log: PathBuf,
}

impl Checkpoints {
    /// For the database in `file`, which `readers` read.
    pub(crate) fn open(file: &Path, readers: Pool) -> Result<Self, Error> {
        let session = Session::open(file, Purpose::Write)?;
        session.script(PATIENCE)?;
        Ok(Self { session, readers, log: file.with_extension("db-wal") })
    }

    /// Works until nobody tells of commits any more.
    pub(crate) fn run(self, commits: &Receiver<()>) {
        while commits.recv().is_ok() {
            let bytes = std::fs::metadata(&self.log).map_or(0, |metadata| metadata.len());
            let mode = match bytes {
                ..LOG_BYTES => {
                    std::thread::sleep(LOOK_INTERVAL);
                    continue;
                }
                LOG_BYTES..LOG_BYTES_AT_MOST => "PASSIVE",
                _ => "TRUNCATE",
            };
            self.readers.end_transactions();
            if let Err(error) = self.session.checkpoint(mode) {
                tracing::warn!(error = &error as &dyn std::error::Error, "a checkpoint failed");
            }
            std::thread::sleep(INTERVAL);
        }
    }
}
