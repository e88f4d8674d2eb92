//! Moves SQLite's log into the database beside the writer, so that no commit waits long for it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use crate::error::Error;
use crate::reading::Pool;
use crate::sqlite::{Purpose, Session};

/// From which size on the log is moved into the database.
const LOG_BYTES: u64 = 4 << 20;
/// From which size on the log is not only begun anew but made small.
const LOG_BYTES_AT_MOST: u64 = 256 << 20;
/// To begin the log anew waits for readers and has the writer wait: a long read, such as a backup, must
/// not become a long write. What is not done now is tried again soon.
const PATIENCE: &str = "PRAGMA busy_timeout = 5";
/// How often a log of that size is looked at: it keeps its size, so that once in a while is enough.
const INTERVAL: Duration = Duration::from_millis(200);
/// How often the log is looked at where this process commits nothing: another one may.
const FOREIGN_INTERVAL: Duration = Duration::from_secs(1);
/// From which size on the log of another process is moved though that still writes.
const FOREIGN_LOG_BYTES: u64 = 64 << 20;
/// How often a smaller log is looked at: to wake up for each commit would hold up the next one.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// The log as it is found.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Log {
    bytes: u64,
    /// When it was written to last, where the system tells.
    written: Option<SystemTime>,
}

impl Log {
    /// The log in a file, if there is one.
    fn look(file: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(file).ok()?;
        Some(Self { bytes: metadata.len(), written: metadata.modified().ok() })
    }

    /// Whether it is known that nothing was written since it was found so.
    fn is_still(self, before: Option<Self>) -> bool {
        self.written.is_some() && before == Some(self)
    }
}

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
        let (mut moved, mut before) = (None, None);
        loop {
            let told = commits.recv_timeout(FOREIGN_INTERVAL);
            if told == Err(RecvTimeoutError::Disconnected) {
                return;
            }
            let now = Log::look(&self.log).filter(|log| log.bytes >= LOG_BYTES);
            // Another process in the midst of its writes is not to wait for this one.
            let is_in_use =
                |log: Log| told.is_err() && !log.is_still(before) && log.bytes < FOREIGN_LOG_BYTES;
            let due = now.filter(|log| !log.is_still(moved) && !is_in_use(*log));
            before = now;
            let Some(log) = due else {
                std::thread::sleep(LOOK_INTERVAL);
                continue;
            };
            match self.move_log(log.bytes) {
                Ok(true) => moved = due,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a checkpoint failed");
                }
            }
            std::thread::sleep(INTERVAL);
        }
    }

    /// Moves a log of that size, and has it begun anew; tells whether nobody held that up.
    ///
    /// What is moved beside the writer never ends while it goes on, and a log that grows is written
    /// more and more slowly. So the writer waits at last, for what little was left the second time.
    fn move_log(&self, bytes: u64) -> Result<bool, Error> {
        let last = if bytes < LOG_BYTES_AT_MOST { "RESTART" } else { "TRUNCATE" };
        let mut is_moved = false;
        for mode in ["PASSIVE", "PASSIVE", last] {
            self.readers.end_transactions();
            is_moved = self.session.checkpoint(mode)?;
        }
        Ok(is_moved)
    }
}

#[cfg(test)]
mod tests {
    use guildhall_rules::users::Create as CreateUser;
    use guildhall_types::ListOrganizationMemberships;

    use super::*;
    use crate::fresh::Fresh;

    #[tokio::test]
    async fn the_log_begins_anew_though_readers_stay_in_their_transactions() {
        let fresh = Fresh::open().await;
        let Fresh { store, instance, folder } = &fresh;
        let organization = fresh.organization(None).await;
        let file = folder.path().join("guildhall.db");
        let checkpoints = Checkpoints::open(&file, store.pool.clone()).unwrap();
        let frames = || {
            let sql = "PRAGMA wal_checkpoint(NOOP)";
            fresh.connect().query_row(sql, [], |row| row.get::<_, i64>(1)).unwrap()
        };
        for _ in 0..20 {
            store.write(*instance, CreateUser::default()).await.unwrap();
            let list = ListOrganizationMemberships::default();
            let page = store.organization_memberships(*instance, &organization.id, &list, None);
            page.await.unwrap().unwrap();
        }
        let before = frames();

        checkpoints.move_log(LOG_BYTES).unwrap();
        store.write(*instance, CreateUser::default()).await.unwrap();

        assert!((1..before / 4).contains(&frames()), "{before} frames, then {}", frames());
    }

    #[tokio::test]
    async fn what_another_process_wrote_is_moved_once_nobody_holds_that_up() {
        let fresh = Fresh::open().await;
        let (other, reader) = (fresh.connect(), fresh.connect());
        let table = "PRAGMA wal_autocheckpoint = 0; CREATE TABLE other (bytes BLOB)";
        other.execute_batch(table).unwrap();
        // This process looks in a transaction that stays open; another one in one that is not its own.
        fresh.store.instance_settings(fresh.instance).await.unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM other").unwrap();
        let bytes = i64::try_from(LOG_BYTES).unwrap();
        other.execute("INSERT INTO other VALUES (zeroblob(?1))", [bytes]).unwrap();
        let left = || {
            let sql = "PRAGMA wal_checkpoint(NOOP)";
            let read = |row: &rusqlite::Row<'_>| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?);
            other.query_row(sql, [], read).unwrap()
        };

        // Meanwhile it is tried, and nobody writes any more.
        tokio::time::sleep(FOREIGN_INTERVAL * 3).await;
        assert!(left() > 0);
        reader.execute_batch("COMMIT").unwrap();

        let mut looks = 0;
        while left() > 0 {
            looks += 1;
            assert!(looks < 1000, "{} frames are left", left());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
