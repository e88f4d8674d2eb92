//! The database that a command works on: PostgreSQL, or SQLite in the data folder.

use std::ffi::OsString;

use anyhow::Result;
use clap::Args;
use guildhall_store::{Database, Migrate, Options, PostgresSettings, Store};

use crate::config::{ConfigFile, DATABASE_PASSWORD_FILE, DATABASE_URL, Setting};
use crate::folder::FolderArguments;

#[derive(Debug, Args)]
pub(crate) struct DatabaseArguments {
    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    /// The PostgreSQL database to use, `postgres://user@host/name`, in place of SQLite in the data
    /// folder
    #[arg(
        long,
        value_name = "URL",
        env = "GUILDHALL_DATABASE_URL",
        hide_env_values = true,
        global = true
    )]
    database_url: Option<OsString>,
    /// A file that holds the password of the PostgreSQL database; read at each connection
    #[arg(long, value_name = "FILE", env = "GUILDHALL_DATABASE_PASSWORD_FILE", global = true)]
    database_password_file: Option<OsString>,
}

/// A PostgreSQL database, and the setting that names it.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    pub(crate) settings: PostgresSettings,
    pub(crate) url: Setting,
    pub(crate) password_file: Option<Setting>,
}

impl DatabaseArguments {
    /// The PostgreSQL database, if one is named.
    pub(crate) fn postgres(&self, file: &ConfigFile) -> Result<Option<Postgres>> {
        let url = Setting::resolve(&DATABASE_URL, self.database_url.as_deref(), file);
        let Some(url) = url else { return Ok(None) };
        let settings = PostgresSettings::new(url.text()?);
        let mut settings = settings.map_err(|error| url.fault(error))?;
        let argument = self.database_password_file.as_deref();
        let password_file = Setting::resolve(&DATABASE_PASSWORD_FILE, argument, file);
        settings.password_file = password_file.as_ref().map(|it| it.as_path().to_owned());
        Ok(Some(Postgres { settings, url, password_file }))
    }

    /// Opens the store that a server has used before, in use or not.
    pub(crate) async fn open(&self) -> Result<Store> {
        let file = self.folder.config.read()?;
        match self.postgres(&file)? {
            Some(postgres) => beside(&postgres.settings.into(), &postgres.url).await,
            None => {
                let folder = self.folder.existing()?;
                beside(&folder.data.into(), &folder.setting).await
            }
        }
    }

    /// Opens the store, which is made if need be.
    pub(crate) async fn open_or_make(&self) -> Result<Store> {
        let (database, setting) = self.database()?;
        beside(&database, &setting).await
    }

    /// The database, whose folder is made if need be, and the setting that names it.
    pub(crate) fn database(&self) -> Result<(Database, Setting)> {
        let file = self.folder.config.read()?;
        Ok(match self.postgres(&file)? {
            Some(postgres) => (postgres.settings.into(), postgres.url),
            None => {
                let folder = self.folder.made()?;
                (folder.data.into(), folder.setting)
            }
        })
    }
}

/// Opens a store beside a server that may be running.
///
/// A folder without a database gets one; the schema of PostgreSQL is left to `guildhall migrate` and
/// the servers.
pub(crate) async fn beside(database: &Database, setting: &Setting) -> Result<Store> {
    let migrate = match database {
        Database::Sqlite(_) => Migrate::Yes,
        Database::Postgres(_) => Migrate::No,
    };
    let options = Options { migrate, ..Options::default() };
    let store = Store::open_beside(database, options).await;
    store.map_err(|error| setting.fault(error))
}
