//! The server that a command calls.

use anyhow::{Context, Result, bail};
use clap::Args;
use guildhall_sdk::{Client, ConfigError, Error, SecretString};

use crate::config::ConfigArguments;
use crate::secret_key::{self, SecretKeyArguments, Variables};

const VARIABLES: Variables =
    Variables { secret_key: "CLERK_SECRET_KEY", secret_key_file: "CLERK_SECRET_KEY_FILE" };
/// How errors name the address where no profile holds it.
const API_URL: &str = "`--api-url` (`CLERK_API_URL`)";
/// How the command names itself to servers.
pub(crate) const USER_AGENT: &str = concat!("guildhall/", env!("CARGO_PKG_VERSION"));

#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArguments {
    /// The server to call, with or without `/v1`: `http://127.0.0.1:4600` for `guildhall serve`,
    /// `https://api.clerk.com` for Clerk; variable CLERK_API_URL. There is no default, so that no
    /// command changes the members of a server that was not named
    // Not by clap, which could not tell it from a flag: a profile counts before the variable only.
    #[arg(long, value_name = "URL", global = true)]
    api_url: Option<String>,
    #[command(flatten)]
    secret_key: SecretKeyArguments,
    /// The server and key of `[profiles.NAME]` in the configuration file
    #[arg(long, value_name = "NAME", global = true)]
    profile: Option<String>,
    #[command(flatten)]
    config: ConfigArguments,
}

/// Where to call, and with which key.
#[derive(Debug)]
pub(crate) struct Endpoint {
    base_url: String,
    /// How errors name the address.
    setting: String,
    pub(crate) secret_key: SecretString,
}

impl ConnectionArguments {
    /// The client these arguments describe; sends nothing.
    pub(crate) fn client(&self) -> Result<Client> {
        self.endpoint()?.client()
    }

    /// The server and the key these arguments name.
    pub(crate) fn endpoint(&self) -> Result<Endpoint> {
        match &self.profile {
            Some(profile) => self.of_profile(profile),
            None => self.of_environment(),
        }
    }

    fn of_profile(&self, name: &str) -> Result<Endpoint> {
        if self.api_url.is_some() || self.secret_key.is_given() {
            bail!("`--profile` excludes `--api-url`, `--secret-key` and `--secret-key-file`");
        }
        let file = self.config.read()?;
        let profile = file.profile(name)?;
        let setting = |key: &str, line| format!("{}: `profiles.{name}.{key}`", file.place(line));
        let path = file.resolve(&profile.secret_key_file.text);
        let key_setting = setting("secret_key_file", profile.secret_key_file.line);
        Ok(Endpoint {
            base_url: profile.api_url.text.clone(),
            setting: setting("api_url", profile.api_url.line),
            secret_key: secret_key::from_file(&path, &key_setting)?,
        })
    }

    fn of_environment(&self) -> Result<Endpoint> {
        let base_url = match &self.api_url {
            Some(base_url) => Some(base_url.clone()),
            None => secret_key::variable("CLERK_API_URL")?,
        };
        let base_url = base_url.context(
            "no server named; set `CLERK_API_URL` or give `--api-url` (`http://127.0.0.1:4600` \
             for `guildhall serve`, `https://api.clerk.com` for Clerk)",
        )?;
        let secret_key = self.secret_key.read(VARIABLES)?.context(
            "no secret key; set `CLERK_SECRET_KEY` or give `--secret-key-file` (`guildhall serve` \
             prints its key at the start)",
        )?;
        Ok(Endpoint { base_url, setting: API_URL.to_owned(), secret_key })
    }
}

impl Endpoint {
    /// A client of it; sends nothing.
    pub(crate) fn client(&self) -> Result<Client> {
        Client::builder(self.secret_key.clone())
            .base_url(&self.base_url)
            .user_agent(USER_AGENT)
            .build()
            .map_err(|error| {
                let setting = self.setting_of(&error);
                anyhow::Error::new(error).context(setting)
            })
    }

    /// The setting that makes a client impossible.
    fn setting_of(&self, error: &Error) -> String {
        match error {
            Error::Config(ConfigError::SecretKeyInvalid | ConfigError::SecretKeyMissing) => {
                "the secret key cannot be used".to_owned()
            }
            _ => format!("{} cannot be used", self.setting),
        }
    }
}
