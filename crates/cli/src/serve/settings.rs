//! The settings of a server, from flags, the environment and the configuration file.

use std::ffi::OsString;
use std::fmt::Display;
use std::net::SocketAddr;
use std::str::FromStr;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use guildhall_server::{MetricsBind, Settings, StartError};
use guildhall_store::OpenError;
use url::Url;

use super::database::{DatabasePlan, ServerDatabaseArguments};
use crate::config::{
    BIND, ConfigFile, LOG, METRICS_BIND, PRODUCTION_SESSIONS, PUBLIC_URL, SECRET_KEY_FILE,
    SERVER_KEY_FILE, Setting, TRUSTED_PROXIES,
};
use crate::secret_key::{self, SecretKeyArguments, Variables};

const SECRET_KEY: &str =
    "`--secret-key` or `--secret-key-file` (`GUILDHALL_SECRET_KEY`, `GUILDHALL_SECRET_KEY_FILE`)";
/// What turns metrics off, in place of an address.
const OFF: &str = "off";
const VARIABLES: Variables =
    Variables { secret_key: "GUILDHALL_SECRET_KEY", secret_key_file: SECRET_KEY_FILE.variable };

/// What a server goes by, but for its logs.
#[derive(Debug, Args)]
pub(crate) struct ServerArguments {
    /// Where to listen; port 0 takes any free one; `127.0.0.1:4600` when not given
    #[arg(long, value_name = "ADDRESS:PORT", env = "GUILDHALL_BIND")]
    bind: Option<OsString>,
    /// Where metrics for Prometheus are read, or `off`; `127.0.0.1:4601` when not given, if free
    #[arg(long, value_name = "ADDRESS:PORT", env = "GUILDHALL_METRICS_BIND")]
    metrics_bind: Option<OsString>,
    #[command(flatten)]
    database: ServerDatabaseArguments,
    /// Where clients reach the server, without `/v1`, if not at the address it listens on
    #[arg(long, value_name = "URL", env = "GUILDHALL_PUBLIC_URL")]
    public_url: Option<OsString>,
    /// Proxies whose `X-Forwarded-…` and `Forwarded` headers are believed: IP addresses or networks,
    /// comma-separated; none when not given
    #[arg(long, value_name = "NETWORKS", env = "GUILDHALL_TRUSTED_PROXIES")]
    trusted_proxies: Option<OsString>,
    #[command(flatten)]
    secret_key: SecretKeyArguments,
    /// A file with 32 bytes in base64, the key that encrypts what signs session tokens; made as
    /// `server-key` in the data folder when not given
    #[arg(long, value_name = "FILE", env = "GUILDHALL_SERVER_KEY_FILE")]
    server_key_file: Option<OsString>,
    /// `allow` lets `POST /v1/sessions` sign users of production instances in; `refuse` when not
    /// given
    #[arg(long, value_name = "allow|refuse", env = "GUILDHALL_PRODUCTION_SESSIONS")]
    production_sessions: Option<OsString>,
}

/// Run the server.
///
/// The first start makes the data folder, an instance in it and a key for development, and prints
/// what a client needs. A secret key that is given opens the first instance, beside the keys that
/// `guildhall keys` makes. Flags count before variables, and these before the configuration file;
/// `guildhall config` tells what is in force. Each folder has one server. SIGTERM or SIGINT ends
/// it after the requests at work; a second one ends it at once.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// What to log: off, error, warn, info, debug or trace, for one part too:
    /// `info,guildhall::request=off`; `info` when not given
    #[arg(long, value_name = "FILTER", env = "GUILDHALL_LOG")]
    log: Option<OsString>,
}

impl ServeArguments {
    /// The configuration file, read.
    pub(crate) fn file(&self) -> Result<ConfigFile> {
        self.server.file()
    }

    /// What the server goes by, checked one by one.
    pub(crate) fn plan(&self, file: &ConfigFile) -> Result<Plan> {
        self.server.plan(file)
    }

    /// What to log.
    pub(crate) fn log(&self, file: &ConfigFile) -> Setting {
        Setting::resolve(&LOG, self.log.as_deref(), file).expect("it has a default")
    }
}

impl ServerArguments {
    /// The configuration file, read.
    pub(crate) fn file(&self) -> Result<ConfigFile> {
        self.database.database.folder.config.read()
    }

    /// What the server goes by, checked one by one.
    pub(crate) fn plan(&self, file: &ConfigFile) -> Result<Plan> {
        let data = self.database.database.folder.setting(file)?;
        let bind = Setting::resolve(&BIND, self.bind.as_deref(), file);
        let bind = bind.expect("it has a default");
        let metrics_bind = Setting::resolve(&METRICS_BIND, self.metrics_bind.as_deref(), file);
        let metrics_bind = metrics_bind.expect("it has a default");
        let public_url = Setting::resolve(&PUBLIC_URL, self.public_url.as_deref(), file);
        let trusted_proxies =
            Setting::resolve(&TRUSTED_PROXIES, self.trusted_proxies.as_deref(), file);
        let mut settings = Settings::new(data.as_path());
        settings.bind = parse::<SocketAddr>(&bind, "like `127.0.0.1:4600`")?;
        settings.metrics_bind = read_metrics_bind(&metrics_bind)?;
        settings.trusted_proxies = match &trusted_proxies {
            Some(setting) => parse(setting, "like `10.0.0.0/8, 192.0.2.7`")?,
            None => settings.trusted_proxies,
        };
        settings.public_url = public_url.as_ref().map(read_public_url).transpose()?;
        settings.secret_key = self.secret_key.read(VARIABLES)?;
        let server_key_file =
            Setting::resolve(&SERVER_KEY_FILE, self.server_key_file.as_deref(), file);
        settings.server_key_file = server_key_file.as_ref().map(|it| it.as_path().to_owned());
        let production_sessions =
            Setting::resolve(&PRODUCTION_SESSIONS, self.production_sessions.as_deref(), file);
        let production_sessions = production_sessions.expect("it has a default");
        settings.allow_production_sessions = read_allowed(&production_sessions)?;
        let database = self.database.plan(file, &mut settings)?;
        let mut secret_key_file = None;
        if settings.secret_key.is_none()
            && let Some(setting) = Setting::resolve(&SECRET_KEY_FILE, None, file)
        {
            settings.secret_key = Some(secret_key::from_file(setting.as_path(), &setting.name())?);
            secret_key_file = Some(setting);
        }
        Ok(Plan {
            settings,
            bind,
            metrics_bind,
            data,
            database,
            public_url,
            trusted_proxies,
            secret_key_file,
            server_key_file,
            production_sessions,
        })
    }
}

/// What a server goes by, and where each part comes from.
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    pub(crate) bind: Setting,
    pub(crate) metrics_bind: Setting,
    pub(crate) data: Setting,
    pub(crate) database: DatabasePlan,
    pub(crate) public_url: Option<Setting>,
    pub(crate) trusted_proxies: Option<Setting>,
    /// Only where the key comes from the configuration file.
    pub(crate) secret_key_file: Option<Setting>,
    pub(crate) server_key_file: Option<Setting>,
    pub(crate) production_sessions: Setting,
}

impl Plan {
    /// The settings, and what turns a failed start into one that names the setting at fault.
    pub(super) fn split(self) -> (Settings, impl FnOnce(StartError) -> anyhow::Error) {
        let Self {
            settings, bind, metrics_bind, data, database, public_url, secret_key_file, ..
        } = self;
        let name = move |error: StartError| {
            let setting = match &error {
                StartError::Open(OpenError::Folder { .. } | OpenError::Locked { .. }) => {
                    data.name()
                }
                StartError::Open(_) | StartError::Database(_) => {
                    database.postgres.map_or_else(|| data.name(), |it| it.url.name())
                }
                StartError::Bind { .. } => bind.name(),
                StartError::MetricsBind { .. } => metrics_bind.name(),
                StartError::SecretKey => {
                    secret_key_file.map_or_else(|| SECRET_KEY.to_owned(), |it| it.name())
                }
                StartError::PublicUrl(_) => {
                    public_url.map_or_else(|| PUBLIC_URL.name(), |it| it.name())
                }
            };
            anyhow!("{setting}: {error}")
        };
        (settings, name)
    }
}

/// The default may be taken, by another server on this machine; what was asked for must be had.
fn read_allowed(setting: &Setting) -> Result<bool> {
    match setting.as_os_str().to_str() {
        Some("allow") => Ok(true),
        Some("refuse") => Ok(false),
        _ => Err(setting.fault("must be `allow` or `refuse`")),
    }
}

fn read_metrics_bind(setting: &Setting) -> Result<MetricsBind> {
    if setting.text()? == OFF {
        return Ok(MetricsBind::Off);
    }
    let address = parse(setting, "like `127.0.0.1:4601`, nor `off`")?;
    Ok(match setting.is_default() {
        true => MetricsBind::IfFree(address),
        false => MetricsBind::At(address),
    })
}

fn read_public_url(setting: &Setting) -> Result<Url> {
    let url: Url = parse(setting, "like `https://auth.example.com`")?;
    if url.path().trim_end_matches('/').ends_with("/v1") {
        bail!("{}: `{url}` must be given without `/v1`", setting.name());
    }
    Ok(url)
}

fn parse<T: FromStr<Err: Display>>(setting: &Setting, form: &str) -> Result<T> {
    let (name, text) = (setting.name(), setting.text()?);
    text.parse().map_err(|error| anyhow!("{name}: `{text}` is not {form}: {error}"))
}
