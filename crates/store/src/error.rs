//! What can go wrong between a caller and the database.

use std::sync::Arc;

use guildhall_rules::Refusal;

/// Why a statement or a transaction failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else was first (a unique key, a lock): load and decide again.
    #[error("the transaction lost a race")]
    Lost(#[source] Source),
    /// The database could not do it; nothing was changed.
    #[error("the database failed")]
    Failed(#[source] Source),
    /// The database does not take what a statement gives it; nothing was changed.
    #[error("the database refuses a statement")]
    Refused(#[source] Source),
    /// The connection is gone, or cannot be made; nothing was changed.
    #[error("the database cannot be reached")]
    Gone(#[source] Source),
    /// The commit was not answered: what was to change may have changed, or may not.
    #[error("whether the change was made is not known")]
    Unknown(#[source] Source),
    /// A read took longer than it may.
    #[error("the read took longer than {seconds} seconds")]
    TooLong {
        /// The limit.
        seconds: u64,
    },
    /// A cursor names no place in the list.
    #[error("`{parameter}` names no place in the list")]
    NoSuchPosition {
        /// The parameter that gave the cursor.
        parameter: &'static str,
    },
    /// Too many long reads are waiting.
    #[error("too many long reads are waiting")]
    Crowded,
}

/// What a database driver says.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

impl Error {
    pub(crate) fn failed(source: impl Into<Source>) -> Self {
        Self::Failed(source.into())
    }

    /// The same error once more, for somebody else whom it befell.
    pub(crate) fn shared(error: &Arc<Self>) -> Self {
        let source = || Source::from(Arc::clone(error));
        match **error {
            Self::Lost(_) => Self::Lost(source()),
            Self::Failed(_) => Self::Failed(source()),
            Self::Refused(_) => Self::Refused(source()),
            Self::Gone(_) => Self::Gone(source()),
            Self::Unknown(_) => Self::Unknown(source()),
            Self::TooLong { seconds } => Self::TooLong { seconds },
            Self::NoSuchPosition { parameter } => Self::NoSuchPosition { parameter },
            Self::Crowded => Self::Crowded,
        }
    }
}

/// Why a write did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A rule refuses it; nothing was changed.
    #[error("the operation is refused")]
    Refused(Refusal),
    /// Too many writes are queued; nothing was changed.
    #[error("too many writes are queued")]
    Busy,
    /// The server is shutting down, or its writer is gone.
    #[error("the writer has stopped")]
    Stopped,
    /// The database could not do it; after [`Error::Unknown`] it may have been done all the same.
    #[error("the write failed")]
    Unavailable(#[source] Arc<Error>),
    /// The operation panicked; nothing was changed.
    #[error("the operation panicked")]
    Panicked,
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made, read or written.
    #[error("the data folder `{folder}` cannot be used: {reason}")]
    Folder {
        /// Which folder.
        folder: String,
        /// What the system says.
        reason: String,
    },
    /// Another server uses the folder.
    #[error("the data folder `{folder}` is in use by another `guildhall serve`")]
    Locked {
        /// Which folder.
        folder: String,
    },
    /// The URL of the database cannot be used; the text says why, without the URL.
    #[error("the database URL cannot be used: {reason}")]
    Url {
        /// What about it.
        reason: String,
    },
    /// The database is none that can be used.
    #[error("the database cannot be used: {reason}")]
    Unfit {
        /// What about it.
        reason: String,
    },
    /// The database was made by an older version, and is not to be changed.
    #[error(
        "the database has schema version {found}, and this version of guildhall works with \
         {known}: run `guildhall migrate`"
    )]
    Older {
        /// The version of the schema.
        found: i64,
        /// The version that this binary works with.
        known: i64,
    },
    /// An extension of the database is missing and may not be made.
    #[error(
        "the database has no extension `{extension}`, and it may not be made: {reason}; let the \
         owner of the database run `CREATE EXTENSION {extension}`, and try again"
    )]
    Extension {
        /// Which one.
        extension: &'static str,
        /// What the database says.
        reason: String,
    },
    /// A newer version has written the database.
    #[error(
        "the database has schema version {found}, and this version of guildhall knows only up to \
         {known}: use a newer guildhall"
    )]
    Newer {
        /// The version of the schema.
        found: i64,
        /// The newest version that this binary knows.
        known: i64,
    },
    /// A copy from another database has not come to its end.
    #[error(
        "the database is filled from `{source_name}` by a copy that has not come to its end: run \
         `guildhall copy` with the same `--from` and `--to` again"
    )]
    UnderCopy {
        /// The name of the other database.
        source_name: String,
    },
    /// The copy that is kept before the schema is updated could not be made; nothing was changed.
    #[error(
        "no copy of the database could be kept, so its schema stays at version {from} instead of \
         {to}: {reason}"
    )]
    NotKept {
        /// The version of the schema.
        from: i64,
        /// The version that it was to get.
        to: i64,
        /// What went wrong.
        reason: Box<crate::BackupError>,
    },
    /// The database does not work.
    #[error("the database cannot be opened: {}", with_causes(.0))]
    Database(#[from] Error),
}

/// An error and everything behind it, in one line.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        next = cause.source();
    }
    line
}
