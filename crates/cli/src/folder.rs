//! The data folder that a command works on.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use guildhall_store::{DataFolder, Store, SystemClock};

/// How errors name this setting.
pub(crate) const SETTING: &str = "`--data` (`GUILDHALL_DATA`)";

#[derive(Debug, Args)]
pub(crate) struct FolderArguments {
    /// The folder that holds the server's data
    #[arg(
        long,
        value_name = "PATH",
        env = "GUILDHALL_DATA",
        default_value = "./guildhall-data",
        global = true
    )]
    data: OsString,
}

impl FolderArguments {
    /// The path of the folder.
    pub(crate) fn path(&self) -> Result<&Path> {
        if self.data.is_empty() {
            bail!("{SETTING} is empty");
        }
        Ok(Path::new(&self.data))
    }

    /// Opens the store in a folder that a server has used before, in use or not.
    pub(crate) fn open(&self) -> Result<Store> {
        let folder = DataFolder::open_existing(self.path()?).with_context(|| {
            format!("{SETTING}: `guildhall serve` and `guildhall instances create` make one")
        })?;
        open(&folder)
    }

    /// Opens the store, which is made if need be.
    pub(crate) fn open_or_make(&self) -> Result<Store> {
        open(&DataFolder::open(self.path()?).context(SETTING)?)
    }
}

fn open(folder: &DataFolder) -> Result<Store> {
    Store::open(folder, Arc::new(SystemClock)).context(SETTING)
}
