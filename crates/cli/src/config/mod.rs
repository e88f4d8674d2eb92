//! Settings, and the file that stands between the environment and the defaults.

mod file;
mod setting;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

pub(crate) use self::file::ConfigFile;
pub(crate) use self::setting::{
    BIND, DATA, DATABASE_CONNECT_TIMEOUT, DATABASE_IDLE_TRANSACTION_TIMEOUT, DATABASE_LOCK_TIMEOUT,
    DATABASE_PAGE_CONNECTIONS, DATABASE_PASSWORD_FILE, DATABASE_SCAN_CONNECTIONS,
    DATABASE_STATEMENT_TIMEOUT, DATABASE_URL, DATABASE_WRITE_CONNECTIONS, LOG, METRICS_BIND,
    PRODUCTION_SESSIONS, PUBLIC_URL, SECRET_KEY_FILE, SERVER_KEY_FILE, Setting, TRUSTED_PROXIES,
};

/// The file that is read where none is named, if it is there.
const DEFAULT_FILE: &str = "guildhall.toml";

#[derive(Debug, Args)]
pub(crate) struct ConfigArguments {
    /// The configuration file; `./guildhall.toml` when not given, if there is one
    #[arg(long, value_name = "FILE", env = "GUILDHALL_CONFIG", global = true)]
    config: Option<PathBuf>,
}

impl ConfigArguments {
    /// Reads the file; an empty one where none is named and none is here.
    pub(crate) fn read(&self) -> Result<ConfigFile> {
        let (path, text) = match &self.config {
            Some(path) => (path.as_path(), std::fs::read_to_string(path).map(Some)),
            None => {
                let path = Path::new(DEFAULT_FILE);
                let there = path.try_exists().and_then(|is_there| {
                    is_there.then(|| std::fs::read_to_string(path)).transpose()
                });
                (path, there)
            }
        };
        let text = text.with_context(|| {
            format!("`--config` (`GUILDHALL_CONFIG`): cannot read `{}`", path.display())
        })?;
        ConfigFile::parse(path, &text.unwrap_or_default())
    }
}
