//! The server that a command calls.

use anyhow::{Context, Result};
use clap::Args;
use guildhall_sdk::{Client, ConfigError, Error};

use crate::secret_key::{SecretKeyArguments, Variables};

const VARIABLES: Variables =
    Variables { secret_key: "CLERK_SECRET_KEY", secret_key_file: "CLERK_SECRET_KEY_FILE" };

#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArguments {
    /// The server to call, with or without `/v1`: `http://127.0.0.1:4600` for `guildhall serve`,
    /// `https://api.clerk.com` for Clerk. There is no default, so that no command changes the
    /// members of a server that was not named
    #[arg(long, value_name = "URL", env = "CLERK_API_URL", global = true)]
    api_url: Option<String>,
    #[command(flatten)]
    secret_key: SecretKeyArguments,
}

impl ConnectionArguments {
    /// The client these arguments describe; sends nothing.
    pub(crate) fn client(&self) -> Result<Client> {
        let base_url = self.api_url.as_deref().context(
            "no server named; set `CLERK_API_URL` or give `--api-url` (`http://127.0.0.1:4600` \
             for `guildhall serve`, `https://api.clerk.com` for Clerk)",
        )?;
        let secret_key = self.secret_key.read(VARIABLES)?.context(
            "no secret key; set `CLERK_SECRET_KEY` or give `--secret-key-file` (`guildhall serve` \
             prints its key at the start)",
        )?;
        Client::builder(secret_key)
            .base_url(base_url)
            .user_agent(concat!("guildhall/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                let setting = setting_of(&error);
                anyhow::Error::new(error).context(setting)
            })
    }
}

/// The setting that makes a client impossible.
fn setting_of(error: &Error) -> &'static str {
    match error {
        Error::Config(ConfigError::SecretKeyInvalid | ConfigError::SecretKeyMissing) => {
            "the secret key cannot be used"
        }
        _ => "`--api-url` (`CLERK_API_URL`) cannot be used",
    }
}
