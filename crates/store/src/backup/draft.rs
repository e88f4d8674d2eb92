//! Where a copy is made, and how it gets its name.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::error::{BackupError, file_error};
use crate::error::OpenError;
use crate::{DataFolder, FolderLock};

/// What SQLite puts beside a database, by what it adds to the name.
pub(super) const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];
/// What the folder of a draft holds at most.
const FILES_OF_A_DRAFT: [&str; 5] =
    ["guildhall.db", "guildhall.db-wal", "guildhall.db-shm", "guildhall.db-journal", "lock"];

/// Where a copy stays until it is whole; what is left of it goes with this.
pub(super) struct Draft {
    pub(super) folder: DataFolder,
    path: PathBuf,
    _lock: FolderLock,
}

impl Draft {
    /// Begins a file that will be called `target`, in the folder `target` with `.partial` added.
    ///
    /// What a killed process left there is removed.
    pub(super) fn begin(target: &Path) -> Result<Self, BackupError> {
        let path = beside(target, ".partial");
        let failed = |error| file_error(&path, error);
        // Made here and by nobody else, so that nobody else can have put anything into it.
        let make = || DirBuilder::new().mode(0o700).create(&path);
        if let Err(error) = make() {
            if error.kind() != io::ErrorKind::AlreadyExists || !is_draft(&path).map_err(failed)? {
                return Err(failed(error));
            }
            let _lock = Self::lock(&path)?;
            clear(&path).and_then(|()| make()).map_err(failed)?;
        }
        let (folder, lock) = Self::lock(&path)?;
        Ok(Self { folder, path, _lock: lock })
    }

    fn lock(path: &Path) -> Result<(DataFolder, FolderLock), BackupError> {
        let folder = DataFolder::open(path)?;
        let by = "another command is writing it";
        let lock = folder.lock().map_err(|error| match error {
            OpenError::Locked { folder: path } => BackupError::InUse { path, by },
            error => error.into(),
        })?;
        Ok((folder, lock))
    }

    /// The file of the copy.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.database()
    }

    /// Brings the copy to the disk; from then on it may be renamed.
    pub(super) fn sync(&self) -> io::Result<()> {
        File::open(self.database())?.sync_all()
    }

    /// Gives the copy its name, at once and for good.
    pub(super) fn publish(self, target: &Path) -> Result<(), BackupError> {
        let publish = || {
            self.sync()?;
            fs::rename(self.database(), target)?;
            sync_folder_of(target)
        };
        publish().map_err(|error| file_error(target, error))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next one.
        let _ = clear(&self.path);
    }
}

fn is_draft(path: &Path) -> io::Result<bool> {
    if !fs::symlink_metadata(path)?.is_dir() {
        return Ok(false);
    }
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        if !FILES_OF_A_DRAFT.iter().any(|known| name == *known) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn clear(draft: &Path) -> io::Result<()> {
    for name in FILES_OF_A_DRAFT {
        match fs::remove_file(draft.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::remove_dir(draft)
}

/// The path with something added to its name.
pub(super) fn beside(path: &Path, addition: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(addition);
    PathBuf::from(name)
}

/// Brings the names in the folder of a file to the disk.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Tells whether two paths lead to the same file, which may not be there yet.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| {
        path.canonicalize().or_else(|_| {
            let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            Ok::<_, io::Error>(folder_of(path).canonicalize()?.join(name))
        })
    };
    matches!((real(one), real(other)), (Ok(one), Ok(other)) if one == other)
}
