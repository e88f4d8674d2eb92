//! The keys that sign session tokens, and the file that encrypts them.

use std::ffi::OsString;

use anyhow::Result;
use clap::Args;
use guildhall_server::{SERVER_KEY_FILE, SigningKeys};

use crate::config::{self, Setting};
use crate::folder::FolderArguments;

#[derive(Debug, Args)]
pub(super) struct ServerKeyArguments {
    /// The server key, as `guildhall serve` takes it; `server-key` in the data folder when not given
    #[arg(long, value_name = "FILE", env = "GUILDHALL_SERVER_KEY_FILE")]
    server_key_file: Option<OsString>,
}

impl ServerKeyArguments {
    pub(super) fn keys(&self, folder: &FolderArguments) -> Result<SigningKeys> {
        let file = folder.config.read()?;
        let argument = self.server_key_file.as_deref();
        let path = match Setting::resolve(&config::SERVER_KEY_FILE, argument, &file) {
            Some(setting) => setting.as_path().to_owned(),
            None => folder.setting(&file)?.as_path().join(SERVER_KEY_FILE),
        };
        Ok(SigningKeys::new(path))
    }
}
