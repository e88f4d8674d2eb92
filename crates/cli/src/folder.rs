//! The data folder that a command works on.

use std::ffi::OsString;

use anyhow::{Context, Result, bail};
use clap::Args;
use guildhall_store::DataFolder;

use crate::config::{ConfigArguments, ConfigFile, DATA, DATABASE_URL, Setting};

#[derive(Debug, Args)]
pub(crate) struct FolderArguments {
    /// The folder that holds the server's data; `./guildhall-data` when not given
    #[arg(long, value_name = "PATH", env = "GUILDHALL_DATA", global = true)]
    data: Option<OsString>,
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
}

impl FolderArguments {
    /// The path of the folder.
    pub(crate) fn setting(&self, file: &ConfigFile) -> Result<Setting> {
        let setting = Setting::resolve(&DATA, self.data.as_deref(), file);
        let setting = setting.expect("it has a default");
        if setting.as_os_str().is_empty() {
            bail!("{} is empty", setting.name());
        }
        Ok(setting)
    }

    /// Refuses where the data is in PostgreSQL, for a command that has nothing to do with that.
    pub(crate) fn only(&self) -> Result<()> {
        let file = self.config.read()?;
        let variable = std::env::var_os(DATABASE_URL.variable);
        if let Some(url) = Setting::resolve(&DATABASE_URL, variable.as_deref(), &file) {
            bail!(
                "{}: the data is in PostgreSQL, which has its own means for backups: `pg_basebackup`, \
                 `pg_dump`",
                url.name()
            );
        }
        Ok(())
    }

    /// The folder, which a server has used before.
    pub(crate) fn existing(&self) -> Result<Folder> {
        let setting = self.setting(&self.config.read()?)?;
        let data = DataFolder::open_existing(setting.as_path()).with_context(|| {
            format!(
                "{}: `guildhall serve` and `guildhall instances create` make one",
                setting.name()
            )
        })?;
        Ok(Folder { data, setting })
    }

    /// The folder, which is made if need be.
    pub(crate) fn made(&self) -> Result<Folder> {
        let setting = self.setting(&self.config.read()?)?;
        let data = DataFolder::open(setting.as_path()).with_context(|| setting.name())?;
        Ok(Folder { data, setting })
    }
}

/// A data folder, and the setting that names it.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) data: DataFolder,
    pub(crate) setting: Setting,
}
