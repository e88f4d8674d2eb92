//! The copy of a database that is kept before its schema is updated.

use std::path::{Path, PathBuf};

use super::Draft;
use super::copy::copy;
use super::draft::beside;
use super::error::judge;
use super::verify::{seal, verify_file};
use crate::SystemClock;
use crate::error::OpenError;

/// Keeps a copy of the database in `file` beside it, before its schema is brought from version
/// `from` to `to`; gives its path. The copy of an earlier attempt at the same step is replaced.
///
/// # Errors
/// [`OpenError::NotKept`]; nothing is changed then.
pub(crate) fn keep_copy(file: &Path, from: i64, to: i64) -> Result<PathBuf, OpenError> {
    let kept = beside(file, &format!(".before-migration-{from}-to-{to}"));
    let keep = || {
        let draft = Draft::begin(&kept)?;
        copy(file, &draft.database(), &SystemClock, &mut |_| {})?;
        verify_file(&draft.database(), file)?;
        seal(&draft.database()).map_err(|error| judge(file, error))?;
        draft.publish(&kept)
    };
    keep().map_err(|error| OpenError::NotKept { from, to, reason: Box::new(error) })?;
    tracing::info!(
        file = %kept.display(),
        from,
        to,
        "a copy of the database is kept from before its schema is updated"
    );
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;
    use crate::backup::BackupError;
    use crate::{DataFolder, Environment, Options, Store};

    /// A folder with a database that has an instance in it.
    async fn folder() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let file = data.database();
        let store = Store::open_beside(&data.into(), Options::default()).await.unwrap();
        store.create_instance("default", Environment::Development).await.unwrap();
        (folder, file)
    }

    fn names(folder: &TempDir) -> Vec<String> {
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let names = fs::read_dir(folder.path()).unwrap().map(name);
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn instances(file: &Path) -> i64 {
        let database = rusqlite::Connection::open(file).unwrap();
        database.query_row("SELECT count(*) FROM instances", [], |row| row.get(0)).unwrap()
    }

    #[tokio::test]
    async fn what_is_committed_is_kept_while_a_transaction_is_open() {
        let (folder, file) = folder().await;
        let writer = rusqlite::Connection::open(&file).unwrap();
        writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM instance_counts").unwrap();

        let kept = keep_copy(&file, 1, 2).unwrap();

        assert_eq!(kept, folder.path().join("guildhall.db.before-migration-1-to-2"));
        assert_eq!(instances(&kept), 1);
        assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!names(&folder).iter().any(|name| name.contains("partial")));
    }

    #[tokio::test]
    async fn the_copy_of_an_earlier_attempt_is_replaced() {
        let (_folder, file) = folder().await;
        let kept = keep_copy(&file, 1, 2).unwrap();
        fs::write(&kept, "of an earlier attempt").unwrap();

        keep_copy(&file, 1, 2).unwrap();

        assert_eq!(instances(&kept), 1);
    }

    #[tokio::test]
    async fn a_copy_that_cannot_be_kept_is_told_and_leaves_nothing() {
        let (folder, file) = folder().await;
        // A folder in the way fails where a full disk would: before the copy has its name.
        fs::create_dir_all(folder.path().join("guildhall.db.before-migration-1-to-2/in/it"))
            .unwrap();

        let error = keep_copy(&file, 1, 2).unwrap_err();

        let text = error.to_string();
        let begin = "no copy of the database could be kept, so its schema stays at version 1";
        assert!(text.starts_with(begin) && text.contains("directory"), "{text}");
        assert!(!names(&folder).iter().any(|name| name.contains("partial")));
    }

    #[tokio::test]
    async fn a_damaged_database_is_not_kept_as_a_sound_one() {
        let (folder, file) = folder().await;
        let mut bytes = fs::read(&file).unwrap();
        let page = bytes.len() / 2 / 4096 * 4096;
        bytes[page..page + 4096].fill(0xff);
        fs::write(&file, bytes).unwrap();

        let error = keep_copy(&file, 1, 2).unwrap_err();

        let OpenError::NotKept { reason, .. } = error else { panic!("{error}") };
        assert!(matches!(*reason, BackupError::Damaged { .. }), "{reason}");
        assert_eq!(names(&folder), ["guildhall.db", "guildhall.db-shm", "guildhall.db-wal"]);
    }
}
