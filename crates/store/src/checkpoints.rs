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
        let mut moved = None;
        while commits.recv_timeout(FOREIGN_INTERVAL) != Err(RecvTimeoutError::Disconnected) {
            let (bytes, written) = self.look();
            if bytes < LOG_BYTES || written == moved {
                std::thread::sleep(LOOK_INTERVAL);
                continue;
            }
            match self.move_log(bytes) {
                Ok(()) => moved = written,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a checkpoint failed");
                }
            }
            std::thread::sleep(INTERVAL);
        }
    }

    /// How long the log is, and when it was written to last.
    fn look(&self) -> (u64, Option<SystemTime>) {
        match std::fs::metadata(&self.log) {
            Ok(log) => (log.len(), log.modified().ok()),
            Err(_) => (0, None),
        }
    }

    /// Moves a log of that size, and has it begun anew.
    ///
    /// What is moved beside the writer never ends while it goes on, and a log that grows is written
    /// more and more slowly. So the writer waits at last, for what little was left the second time.
    fn move_log(&self, bytes: u64) -> Result<(), Error> {
        let last = if bytes < LOG_BYTES_AT_MOST { "RESTART" } else { "TRUNCATE" };
        for mode in ["PASSIVE", "PASSIVE", last] {
            self.readers.end_transactions();
            self.session.checkpoint(mode)?;
        }
        Ok(())
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
    async fn what_another_process_wrote_is_moved_though_this_one_commits_nothing() {
        let fresh = Fresh::open().await;
        let other = fresh.connect();
        other
            .execute_batch("PRAGMA wal_autocheckpoint = 0; CREATE TABLE other (bytes BLOB)")
            .unwrap();
        // A reader that stays in its transaction holds up the other process's own checkpoints.
        fresh.store.instance_settings(fresh.instance).await.unwrap();
        // Nor does what this process wrote before make it look.
        tokio::time::sleep(INTERVAL * 2).await;
        let bytes = i64::try_from(LOG_BYTES).unwrap();
        other.execute("INSERT INTO other VALUES (zeroblob(?1))", [bytes]).unwrap();
        let left = || {
            let sql = "PRAGMA wal_checkpoint(NOOP)";
            other
                .query_row(sql, [], |row| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?))
                .unwrap()
        };
        assert!(left() > 0);

        let mut looks = 0;
        while left() > 0 {
            looks += 1;
            assert!(looks < 1000, "{} frames are left", left());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
