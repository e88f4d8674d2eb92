//! Passwords: hashed by argon2, off the workers, a few at a time.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use guildhall_types::{Code, Fault};
use tokio::sync::Semaphore;

use crate::http::Error;

/// How many passwords are hashed at once; each takes 19 MiB and about a tenth of a second.
const AT_ONCE: usize = 2;
/// The least characters of a password that is checked.
const LEAST_CHARACTERS: usize = 8;
/// The most bytes of a password.
const MOST_BYTES: usize = 72;

/// Whether a password has to be a good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checks {
    /// It must have at least eight characters.
    Full,
    /// It may be as weak as it likes.
    Skipped,
}

/// Hashes passwords.
#[derive(Clone)]
pub(crate) struct Passwords {
    slots: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { slots: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// What is wrong with a password, if anything.
pub(crate) fn fault(password: &str, checks: Checks) -> Option<Fault> {
    if password.len() > MOST_BYTES {
        return Some(Code::PasswordTooLong.parameter("password"));
    }
    let least = match checks {
        Checks::Full => LEAST_CHARACTERS,
        Checks::Skipped => 1,
    };
    let short = password.chars().count() < least;
    short.then(|| Code::PasswordTooShort.parameter("password").value(least.to_string()))
}

impl Passwords {
    /// The hash of a password, with a salt of its own.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Error> {
        let internal = |error| Error::Internal(error);
        let slot = self.slots.clone().acquire_owned().await;
        let slot = slot.map_err(|error| internal(Box::new(error)))?;
        let hash = move || {
            // Kept also when nobody waits for the hash any more.
            let _slot = slot;
            Argon2::default()
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|error| error.to_string())
        };
        let hash = tokio::task::spawn_blocking(hash).await;
        hash.map_err(|error| internal(Box::new(error)))?.map_err(|error| internal(error.into()))
    }
}
