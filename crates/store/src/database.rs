//! Where the data is.

use crate::{DataFolder, PostgresSettings};

/// Where the data is.
#[derive(Clone, Debug)]
pub enum Database {
    /// In SQLite, in a folder of this machine.
    Sqlite(DataFolder),
    /// In PostgreSQL, shared by any number of servers.
    Postgres(Box<PostgresSettings>),
}

impl From<DataFolder> for Database {
    fn from(folder: DataFolder) -> Self {
        Self::Sqlite(folder)
    }
}

impl From<PostgresSettings> for Database {
    fn from(settings: PostgresSettings) -> Self {
        Self::Postgres(Box::new(settings))
    }
}

/// What is done about a schema that is older than this binary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Migrate {
    /// It is brought up to date.
    #[default]
    Yes,
    /// It is left alone, and the database is not opened.
    No,
}
