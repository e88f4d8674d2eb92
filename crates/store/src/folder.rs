//! The data folder: who may read it, who uses it, and the development key in it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::OpenError;

/// Only the owner may enter the folder.
const FOLDER_MODE: u32 = 0o700;
/// Only the owner may read the files.
const FILE_MODE: u32 = 0o600;

/// The folder that holds a server's data.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// Opens the folder, which is made if need be.
    ///
    /// # Errors
    /// [`OpenError::Folder`] where it cannot be made or written.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let folder = Self { path: path.to_owned() };
        let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path);
        made.and_then(|()| folder.touch_database()).map_err(|error| folder.unusable(&error))?;
        Ok(folder)
    }

    /// Opens the folder for the development key alone; it is made if need be.
    ///
    /// # Errors
    /// [`OpenError::Folder`] where it cannot be made.
    pub fn open_for_key(path: &Path) -> Result<Self, OpenError> {
        let folder = Self { path: path.to_owned() };
        let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path);
        made.map_err(|error| folder.unusable(&error))?;
        Ok(folder)
    }

    /// Opens the folder only if a database is in it.
    ///
    /// # Errors
    /// [`OpenError::Folder`] where there is none, or it cannot be written.
    pub fn open_existing(path: &Path) -> Result<Self, OpenError> {
        let folder = Self { path: path.to_owned() };
        fs::metadata(folder.database()).map_err(|error| folder.unusable(&error))?;
        Self::open(path)
    }

    /// Makes the files of the database before SQLite does, so that their mode is ours.
    fn touch_database(&self) -> std::io::Result<()> {
        let database = self.database();
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(database)?;
        // Files that were copied here may be open to others.
        let names = ["guildhall.db", "guildhall.db-wal", "guildhall.db-shm", "development-key"];
        for file in names.map(|name| self.path.join(name)) {
            match fs::set_permissions(&file, fs::Permissions::from_mode(FILE_MODE)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the operator should know about the folder, in one line.
    ///
    /// A folder that was there before keeps its mode: it may hold what is not ours.
    pub fn warning(&self) -> Option<String> {
        let mode = fs::metadata(&self.path).ok()?.permissions().mode() & 0o777;
        (mode & !FOLDER_MODE != 0).then(|| {
            let folder = self.path.display();
            format!("the data folder `{folder}` is open to others (mode {mode:o}): chmod 700 it")
        })
    }

    /// The database file.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("guildhall.db")
    }

    /// Keeps the folder for this process as long as the lock lives.
    ///
    /// # Errors
    /// [`OpenError::Locked`] where another process has it.
    pub fn lock(&self) -> Result<FolderLock, OpenError> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(self.path.join("lock"))
            .map_err(|error| self.unusable(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(OpenError::Locked { folder: self.path.display().to_string() })
            }
            Err(TryLockError::Error(error)) => Err(self.unusable(&error)),
        }
    }

    fn development_key_file(&self) -> PathBuf {
        self.path.join("development-key")
    }

    /// The plain text of the development key, if it was written.
    pub fn development_key(&self) -> Option<String> {
        let text = fs::read_to_string(self.development_key_file()).ok()?;
        Some(text.trim().to_owned()).filter(|key| !key.is_empty())
    }

    /// Writes the plain text of the development key, for the owner's eyes only.
    ///
    /// # Errors
    /// [`OpenError::Folder`] where it cannot be written.
    pub fn write_development_key(&self, secret_key: &str) -> Result<(), OpenError> {
        let path = self.development_key_file();
        let write = || {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(FILE_MODE)
                .open(&path)?;
            file.set_permissions(fs::Permissions::from_mode(FILE_MODE))?;
            writeln!(file, "{secret_key}")?;
            file.sync_all()
        };
        write().map_err(|error| self.unusable(&error))
    }

    fn unusable(&self, error: &std::io::Error) -> OpenError {
        OpenError::Folder { folder: self.path.display().to_string(), reason: error.to_string() }
    }
}

/// Keeps a data folder for one process; the system lets go of it when the process ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}
