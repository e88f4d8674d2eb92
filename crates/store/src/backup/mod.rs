//! Copies of a SQLite database: backups while it is written to, the copy before a migration, and
//! the way back.
//!
//! A copy is made in a folder of its own beside the file that it will be (a [`Draft`]), checked
//! there, and gets its name only when it is whole and on the disk.

mod copy;
mod draft;
mod error;
mod keep;
mod make;
mod restore;
mod verify;

pub use error::BackupError;
pub(crate) use keep::keep_copy;
pub use make::{Backup, Progress, backup};
pub use restore::{Restored, restore};
pub use verify::Contents;

use draft::Draft;
