//! Why there is no backup, or why none was put in place.

use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::{Error, OpenError};

/// Why there is no copy, or why none was taken.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] OpenError),
    /// A file cannot be read or written.
    #[error("`{path}`: {reason}")]
    File {
        /// Which file.
        path: String,
        /// What the system says.
        reason: io::Error,
    },
    /// Somebody else works on the file.
    #[error("`{path}` is in use: {by}")]
    InUse {
        /// Which file.
        path: String,
        /// By whom, and what to do about it.
        by: &'static str,
    },
    /// The file is of something else.
    #[error("`{path}` is no database of guildhall: {reason}")]
    Foreign {
        /// Which file.
        path: String,
        /// What it is, or is not.
        reason: String,
    },
    /// The database does not hold together.
    #[error("`{path}` is damaged: {what}")]
    Damaged {
        /// Which file.
        path: String,
        /// The first thing that is wrong with it.
        what: String,
    },
    /// A newer version has written the database.
    #[error(
        "`{path}` has schema version {found}, and this version of guildhall knows only up to \
         {known}: use a newer guildhall"
    )]
    Newer {
        /// Which file.
        path: String,
        /// The version of its schema.
        found: i64,
        /// The newest version that this binary knows.
        known: i64,
    },
    /// The database could not be read, or the copy not be written.
    #[error("`{path}` cannot be copied: {reason}")]
    Copy {
        /// What was to be copied.
        path: String,
        /// What the database says.
        reason: rusqlite::Error,
    },
}

impl BackupError {
    /// Tells whether trying again changes nothing before somebody else has done something.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Folder(error) => matches!(error, OpenError::Locked { .. }),
            Self::File { .. } | Self::Copy { .. } => false,
            Self::InUse { .. }
            | Self::Foreign { .. }
            | Self::Damaged { .. }
            | Self::Newer { .. } => true,
        }
    }
}

/// What an error of SQLite says about a file.
pub(super) fn judge(file: &Path, source: rusqlite::Error) -> BackupError {
    let path = file.display().to_string();
    match source.sqlite_error_code() {
        // Without one of our tables, for example.
        Some(ErrorCode::NotADatabase | ErrorCode::Unknown) => {
            BackupError::Foreign { path, reason: source.to_string() }
        }
        Some(ErrorCode::DatabaseCorrupt) => BackupError::Damaged { path, what: source.to_string() },
        _ => BackupError::Copy { path, reason: source },
    }
}

pub(super) fn of_open(file: &Path, error: OpenError) -> BackupError {
    match error {
        OpenError::Database(error) => of_store(file, error),
        error => BackupError::Folder(error),
    }
}

pub(super) fn of_store(file: &Path, error: Error) -> BackupError {
    match error {
        Error::Failed(source) | Error::Lost(source) => match source.downcast() {
            Ok(source) => judge(file, *source),
            Err(source) => BackupError::Folder(Error::Failed(source).into()),
        },
        error => BackupError::Folder(error.into()),
    }
}

pub(super) fn file_error(path: &Path, reason: io::Error) -> BackupError {
    BackupError::File { path: path.display().to_string(), reason }
}
