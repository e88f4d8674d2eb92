//! Why tokens cannot be signed.

use crate::http::Error;

/// Why tokens cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] guildhall_store::Error),
    /// The server key cannot be read or made.
    #[error(
        "the server key `{file}` cannot be read or made: {reason}; put it back, or make a new signing \
         key by `guildhall keys rotate-signing`"
    )]
    File {
        /// The file.
        file: String,
        /// What the system says.
        reason: String,
    },
    /// The file holds no server key.
    #[error("the server key `{file}` does not hold 32 bytes in base64")]
    Content {
        /// The file.
        file: String,
    },
    /// The database was used with another server key.
    #[error(
        "the signing key in the database is encrypted under another server key than the one in \
         `{file}`; give each server the same `server_key_file`, or make a new signing key by \
         `guildhall keys rotate-signing`"
    )]
    Foreign {
        /// The file.
        file: String,
    },
    /// The cryptography failed.
    #[error("a key or a signature cannot be made: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl SigningError {
    pub(super) fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl From<SigningError> for Error {
    fn from(error: SigningError) -> Self {
        match error {
            SigningError::Store(error) => error.into(),
            SigningError::Failed(_) => Self::Internal(Box::new(error)),
            // The operator can mend it.
            _ => Self::Unavailable { retry_after_seconds: 1, source: Some(Box::new(error)) },
        }
    }
}
