//! Where a secret key is read from.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use secrecy::{ExposeSecret, SecretString};

/// What keys that may stand on a command line begin with.
const DEVELOPMENT_PREFIX: &str = "sk_test_";
/// What keys that must not be shown begin with.
const PRODUCTION_PREFIX: &str = "sk_live_";

#[derive(Debug, Args)]
pub(crate) struct SecretKeyArguments {
    /// A secret key for development (`sk_test_…`). Not for production, because a command line
    /// shows in the list of processes: set the variable CLERK_SECRET_KEY instead, or for `serve`
    /// GUILDHALL_SECRET_KEY
    #[arg(long, value_name = "KEY", global = true)]
    secret_key: Option<SecretString>,
    /// A file that holds the secret key; variables CLERK_SECRET_KEY_FILE, or for `serve`
    /// GUILDHALL_SECRET_KEY_FILE
    #[arg(long, value_name = "PATH", global = true)]
    secret_key_file: Option<PathBuf>,
}

/// The environment variables that stand in for the flags.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variables {
    pub(crate) secret_key: &'static str,
    pub(crate) secret_key_file: &'static str,
}

impl Variables {
    /// How errors name the file of the key.
    fn file_setting(self) -> String {
        format!("`--secret-key-file` (`{}`)", self.secret_key_file)
    }
}

impl SecretKeyArguments {
    /// The key from the flags, else from the variables; `None` where there is none.
    pub(crate) fn read(&self, variables: Variables) -> Result<Option<SecretString>> {
        let path = self.secret_key_file.as_deref();
        match (&self.secret_key, path) {
            (Some(_), Some(_)) => {
                bail!("`--secret-key` and `--secret-key-file` exclude each other")
            }
            (Some(key), None) => from_flag(key, variables).map(Some),
            (None, Some(path)) => from_file(path, &variables.file_setting()).map(Some),
            (None, None) => from_environment(variables),
        }
    }

    /// Tells whether a flag names a key.
    pub(crate) fn is_given(&self) -> bool {
        self.secret_key.is_some() || self.secret_key_file.is_some()
    }
}

/// Tells whether the key opens a production instance, so that it must not be shown.
pub(crate) fn is_production(secret_key: &SecretString) -> bool {
    secret_key.expose_secret().starts_with(PRODUCTION_PREFIX)
}

/// Reads a key from a file; errors name the file by `setting`.
pub(crate) fn from_file(path: &Path, setting: &str) -> Result<SecretString> {
    let setting = || format!("{setting}: `{}`", path.display());
    let text = std::fs::read_to_string(path).with_context(setting)?;
    if text.trim().is_empty() {
        bail!("{} is empty", setting());
    }
    Ok(SecretString::from(text.trim()))
}

fn from_flag(secret_key: &SecretString, variables: Variables) -> Result<SecretString> {
    if secret_key.expose_secret().starts_with(DEVELOPMENT_PREFIX) {
        return Ok(secret_key.clone());
    }
    bail!(
        "`--secret-key` takes only `{DEVELOPMENT_PREFIX}…` keys, because a command line shows in \
         the list of processes; set `{}` or give `--secret-key-file`",
        variables.secret_key
    )
}

fn from_environment(variables: Variables) -> Result<Option<SecretString>> {
    let secret_key = variable(variables.secret_key)?;
    let path = variable(variables.secret_key_file)?;
    match (secret_key, path) {
        (Some(_), Some(_)) => {
            let Variables { secret_key, secret_key_file } = variables;
            bail!("`{secret_key}` and `{secret_key_file}` exclude each other")
        }
        (Some(secret_key), None) => Ok(Some(SecretString::from(secret_key.trim()))),
        (None, Some(path)) => from_file(Path::new(&path), &variables.file_setting()).map(Some),
        (None, None) => Ok(None),
    }
}

/// The value of an environment variable; an empty one counts as not set.
pub(crate) fn variable(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => bail!("`{name}` is not valid Unicode"),
    }
}
