//! What can be set about the use of PostgreSQL.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use guildhall_server::Settings;
use guildhall_store::Migrate;

use crate::config::{
    ConfigFile, DATABASE_CONNECT_TIMEOUT, DATABASE_IDLE_TRANSACTION_TIMEOUT, DATABASE_LOCK_TIMEOUT,
    DATABASE_PAGE_CONNECTIONS, DATABASE_SCAN_CONNECTIONS, DATABASE_STATEMENT_TIMEOUT,
    DATABASE_WRITE_CONNECTIONS, Setting,
};
use crate::database::{DatabaseArguments, Postgres};

/// Which database the server uses, and how much of it.
#[derive(Debug, Args)]
pub(crate) struct ServerDatabaseArguments {
    #[command(flatten)]
    pub(super) database: DatabaseArguments,
    /// How many connections to PostgreSQL read pages; 8 when not given
    #[arg(long, value_name = "NUMBER", env = "GUILDHALL_DATABASE_PAGE_CONNECTIONS")]
    database_page_connections: Option<OsString>,
    /// How many connections to PostgreSQL read what may scan; 4 when not given
    #[arg(long, value_name = "NUMBER", env = "GUILDHALL_DATABASE_SCAN_CONNECTIONS")]
    database_scan_connections: Option<OsString>,
    /// How many connections to PostgreSQL write, each for one instance at a time; 4 when not given
    #[arg(long, value_name = "NUMBER", env = "GUILDHALL_DATABASE_WRITE_CONNECTIONS")]
    database_write_connections: Option<OsString>,
    /// How long a connection to PostgreSQL may take to be made; `5s` when not given
    #[arg(long, value_name = "TIME", env = "GUILDHALL_DATABASE_CONNECT_TIMEOUT")]
    database_connect_timeout: Option<OsString>,
    /// How long a statement may run on PostgreSQL, and a request waits for a free connection; `10s`
    /// when not given
    #[arg(long, value_name = "TIME", env = "GUILDHALL_DATABASE_STATEMENT_TIMEOUT")]
    database_statement_timeout: Option<OsString>,
    /// How long a write waits on PostgreSQL for what another server has locked; `5s` when not given
    #[arg(long, value_name = "TIME", env = "GUILDHALL_DATABASE_LOCK_TIMEOUT")]
    database_lock_timeout: Option<OsString>,
    /// After how long PostgreSQL ends a transaction that was left open; `30s` when not given
    #[arg(long, value_name = "TIME", env = "GUILDHALL_DATABASE_IDLE_TRANSACTION_TIMEOUT")]
    database_idle_transaction_timeout: Option<OsString>,
    /// Do not start on a database of an older version, but leave it as it is
    #[arg(long)]
    no_migrate: bool,
}

/// The database that was set, and every setting of its use.
pub(crate) struct DatabasePlan {
    pub(crate) postgres: Option<Postgres>,
    /// Empty without PostgreSQL.
    pub(crate) tuning: Vec<Setting>,
}

impl ServerDatabaseArguments {
    /// Reads the settings into those of the server.
    pub(super) fn plan(&self, file: &ConfigFile, settings: &mut Settings) -> Result<DatabasePlan> {
        if self.no_migrate {
            settings.migrate = Migrate::No;
        }
        let mut tuning = Vec::new();
        let Some(mut postgres) = self.database.postgres(file)? else {
            return Ok(DatabasePlan { postgres: None, tuning });
        };
        let mut set = |known, argument: &Option<OsString>| {
            let setting = Setting::resolve(known, argument.as_deref(), file);
            let setting = setting.expect("it has a default");
            tuning.push(setting.clone());
            setting
        };
        let its = &mut postgres.settings;
        its.page_connections =
            number(&set(&DATABASE_PAGE_CONNECTIONS, &self.database_page_connections))?;
        its.scan_connections =
            number(&set(&DATABASE_SCAN_CONNECTIONS, &self.database_scan_connections))?;
        its.write_connections =
            number(&set(&DATABASE_WRITE_CONNECTIONS, &self.database_write_connections))?;
        its.connect_timeout =
            time(&set(&DATABASE_CONNECT_TIMEOUT, &self.database_connect_timeout))?;
        its.statement_timeout =
            time(&set(&DATABASE_STATEMENT_TIMEOUT, &self.database_statement_timeout))?;
        its.lock_timeout = time(&set(&DATABASE_LOCK_TIMEOUT, &self.database_lock_timeout))?;
        its.idle_transaction_timeout = time(&set(
            &DATABASE_IDLE_TRANSACTION_TIMEOUT,
            &self.database_idle_transaction_timeout,
        ))?;
        settings.postgres = Some(postgres.settings.clone());
        Ok(DatabasePlan { postgres: Some(postgres), tuning })
    }
}

/// A number of connections.
fn number(setting: &Setting) -> Result<usize> {
    match setting.text()?.parse() {
        Ok(number @ 1..=1000) => Ok(number),
        _ => bail!("{}: `{}` is not a number from 1 to 1000", setting.name(), setting.text()?),
    }
}

/// A time such as `500ms`, `5s` or `2m`.
fn time(setting: &Setting) -> Result<Duration> {
    let text = setting.text()?;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        _ => 0,
    };
    // PostgreSQL counts milliseconds in 31 bits; zero would mean no limit at all.
    match number.parse::<u32>().ok().and_then(|number| number.checked_mul(milliseconds)) {
        Some(time @ 1..=2_147_483_647) => Ok(Duration::from_millis(u64::from(time))),
        _ => bail!("{}: `{text}` is not a time like `500ms`, `5s` or `2m`", setting.name()),
    }
}
