//! The settings of `guildhall serve`, from flags and the environment.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::net::SocketAddr;
use std::str::FromStr;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use guildhall_server::{Settings, StartError};
use url::Url;

use crate::folder::{self, FolderArguments};
use crate::secret_key::{SecretKeyArguments, Variables};

const BIND: &str = "`--bind` (`GUILDHALL_BIND`)";
const PUBLIC_URL: &str = "`--public-url` (`GUILDHALL_PUBLIC_URL`)";
const SECRET_KEY: &str =
    "`--secret-key` or `--secret-key-file` (`GUILDHALL_SECRET_KEY`, `GUILDHALL_SECRET_KEY_FILE`)";
const VARIABLES: Variables =
    Variables { secret_key: "GUILDHALL_SECRET_KEY", secret_key_file: "GUILDHALL_SECRET_KEY_FILE" };

/// Run the server.
///
/// The first start makes the data folder, an instance in it and a key for development, and prints
/// what a client needs. A secret key that is given opens the first instance, beside the keys that
/// `guildhall keys` makes. Flags count before variables. Each folder has one server. SIGTERM or SIGINT ends it after the requests
/// at work; a second one ends it at once.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Where to listen; port 0 takes any free one
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        env = "GUILDHALL_BIND",
        default_value = "127.0.0.1:4600"
    )]
    bind: OsString,
    #[command(flatten)]
    folder: FolderArguments,
    /// Where clients reach the server, without `/v1`, if not at the address it listens on
    #[arg(long, value_name = "URL", env = "GUILDHALL_PUBLIC_URL")]
    public_url: Option<OsString>,
    #[command(flatten)]
    secret_key: SecretKeyArguments,
    /// What to log: off, error, warn, info, debug or trace, for one part too:
    /// `info,guildhall::request=off`
    #[arg(long, value_name = "FILTER", env = "GUILDHALL_LOG", default_value = "info")]
    pub(super) log: OsString,
}

impl ServeArguments {
    /// The settings, read and checked one by one.
    pub(super) fn settings(&self) -> Result<Settings> {
        let mut settings = Settings::new(self.folder.path()?);
        settings.bind = parse::<SocketAddr>(BIND, &self.bind, "like `127.0.0.1:4600`")?;
        settings.public_url = self.public_url.as_deref().map(public_url).transpose()?;
        settings.secret_key = self.secret_key.read(VARIABLES)?;
        Ok(settings)
    }
}

/// Says which setting keeps the server from starting.
pub(super) fn name_setting(error: StartError) -> anyhow::Error {
    let setting = match &error {
        StartError::Open(_) | StartError::Database(_) => folder::SETTING,
        StartError::Bind { .. } => BIND,
        StartError::SecretKey => SECRET_KEY,
        StartError::PublicUrl(_) => PUBLIC_URL,
    };
    anyhow!("{setting}: {error}")
}

fn public_url(text: &OsStr) -> Result<Url> {
    let url: Url = parse(PUBLIC_URL, text, "like `https://auth.example.com`")?;
    if url.path().trim_end_matches('/').ends_with("/v1") {
        bail!("{PUBLIC_URL}: `{url}` must be given without `/v1`");
    }
    Ok(url)
}

fn parse<T: FromStr<Err: Display>>(setting: &str, text: &OsStr, form: &str) -> Result<T> {
    let text = text.to_str().ok_or_else(|| anyhow!("{setting} is not valid Unicode"))?;
    text.parse().map_err(|error| anyhow!("{setting}: `{text}` is not {form}: {error}"))
}
