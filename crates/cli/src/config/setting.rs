//! One setting: its value, and where that comes from.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::path::Path;

use anyhow::{Result, anyhow};

use super::ConfigFile;

/// A setting that the file can hold.
#[derive(Debug)]
pub(crate) struct Known {
    /// How the file calls it.
    pub(crate) key: &'static str,
    pub(crate) flag: &'static str,
    pub(crate) variable: &'static str,
    pub(crate) default: Option<&'static str>,
    pub(super) kind: Kind,
}

/// What a setting is, where the file holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A string.
    Text,
    /// A string; a relative path starts at the folder of the file.
    Path,
    /// A whole number.
    Number,
}

pub(crate) const BIND: Known = Known {
    key: "bind",
    flag: "--bind",
    variable: "GUILDHALL_BIND",
    default: Some("127.0.0.1:4600"),
    kind: Kind::Text,
};
pub(crate) const METRICS_BIND: Known = Known {
    key: "metrics_bind",
    flag: "--metrics-bind",
    variable: "GUILDHALL_METRICS_BIND",
    default: Some("127.0.0.1:4601"),
    kind: Kind::Text,
};
pub(crate) const DATA: Known = Known {
    key: "data",
    flag: "--data",
    variable: "GUILDHALL_DATA",
    default: Some("./guildhall-data"),
    kind: Kind::Path,
};
pub(crate) const DATABASE_URL: Known = Known {
    key: "database_url",
    flag: "--database-url",
    variable: "GUILDHALL_DATABASE_URL",
    default: None,
    kind: Kind::Text,
};
pub(crate) const DATABASE_PASSWORD_FILE: Known = Known {
    key: "database_password_file",
    flag: "--database-password-file",
    variable: "GUILDHALL_DATABASE_PASSWORD_FILE",
    default: None,
    kind: Kind::Path,
};
pub(crate) const DATABASE_PAGE_CONNECTIONS: Known = Known {
    key: "database_page_connections",
    flag: "--database-page-connections",
    variable: "GUILDHALL_DATABASE_PAGE_CONNECTIONS",
    default: Some("8"),
    kind: Kind::Number,
};
pub(crate) const DATABASE_SCAN_CONNECTIONS: Known = Known {
    key: "database_scan_connections",
    flag: "--database-scan-connections",
    variable: "GUILDHALL_DATABASE_SCAN_CONNECTIONS",
    default: Some("4"),
    kind: Kind::Number,
};
pub(crate) const DATABASE_WRITE_CONNECTIONS: Known = Known {
    key: "database_write_connections",
    flag: "--database-write-connections",
    variable: "GUILDHALL_DATABASE_WRITE_CONNECTIONS",
    default: Some("4"),
    kind: Kind::Number,
};
pub(crate) const DATABASE_CONNECT_TIMEOUT: Known = Known {
    key: "database_connect_timeout",
    flag: "--database-connect-timeout",
    variable: "GUILDHALL_DATABASE_CONNECT_TIMEOUT",
    default: Some("5s"),
    kind: Kind::Text,
};
pub(crate) const DATABASE_STATEMENT_TIMEOUT: Known = Known {
    key: "database_statement_timeout",
    flag: "--database-statement-timeout",
    variable: "GUILDHALL_DATABASE_STATEMENT_TIMEOUT",
    default: Some("10s"),
    kind: Kind::Text,
};
pub(crate) const DATABASE_LOCK_TIMEOUT: Known = Known {
    key: "database_lock_timeout",
    flag: "--database-lock-timeout",
    variable: "GUILDHALL_DATABASE_LOCK_TIMEOUT",
    default: Some("5s"),
    kind: Kind::Text,
};
pub(crate) const DATABASE_IDLE_TRANSACTION_TIMEOUT: Known = Known {
    key: "database_idle_transaction_timeout",
    flag: "--database-idle-transaction-timeout",
    variable: "GUILDHALL_DATABASE_IDLE_TRANSACTION_TIMEOUT",
    default: Some("30s"),
    kind: Kind::Text,
};
pub(crate) const PUBLIC_URL: Known = Known {
    key: "public_url",
    flag: "--public-url",
    variable: "GUILDHALL_PUBLIC_URL",
    default: None,
    kind: Kind::Text,
};
pub(crate) const TRUSTED_PROXIES: Known = Known {
    key: "trusted_proxies",
    flag: "--trusted-proxies",
    variable: "GUILDHALL_TRUSTED_PROXIES",
    default: None,
    kind: Kind::Text,
};
pub(crate) const SECRET_KEY_FILE: Known = Known {
    key: "secret_key_file",
    flag: "--secret-key-file",
    variable: "GUILDHALL_SECRET_KEY_FILE",
    default: None,
    kind: Kind::Path,
};
pub(crate) const SERVER_KEY_FILE: Known = Known {
    key: "server_key_file",
    flag: "--server-key-file",
    variable: "GUILDHALL_SERVER_KEY_FILE",
    default: None,
    kind: Kind::Path,
};
pub(crate) const PRODUCTION_SESSIONS: Known = Known {
    key: "production_sessions",
    flag: "--production-sessions",
    variable: "GUILDHALL_PRODUCTION_SESSIONS",
    default: Some("refuse"),
    kind: Kind::Text,
};
pub(crate) const LOG: Known = Known {
    key: "log",
    flag: "--log",
    variable: "GUILDHALL_LOG",
    default: Some("info"),
    kind: Kind::Text,
};

/// Every setting that the file can hold.
pub(super) const ALL: [&Known; 18] = [
    &BIND,
    &METRICS_BIND,
    &DATA,
    &DATABASE_URL,
    &DATABASE_PASSWORD_FILE,
    &DATABASE_PAGE_CONNECTIONS,
    &DATABASE_SCAN_CONNECTIONS,
    &DATABASE_WRITE_CONNECTIONS,
    &DATABASE_CONNECT_TIMEOUT,
    &DATABASE_STATEMENT_TIMEOUT,
    &DATABASE_LOCK_TIMEOUT,
    &DATABASE_IDLE_TRANSACTION_TIMEOUT,
    &PUBLIC_URL,
    &TRUSTED_PROXIES,
    &SECRET_KEY_FILE,
    &SERVER_KEY_FILE,
    &PRODUCTION_SESSIONS,
    &LOG,
];

/// A setting that has a value.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    known: &'static Known,
    value: OsString,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    /// The flag or the variable.
    Argument,
    /// The file, at this place in it.
    File {
        place: String,
    },
    Default,
}

impl Setting {
    /// The value of the argument, else of the file, else the default.
    ///
    /// `argument` is what the flag or the variable says.
    pub(crate) fn resolve(
        known: &'static Known,
        argument: Option<&OsStr>,
        file: &ConfigFile,
    ) -> Option<Self> {
        if let Some(value) = argument {
            return Some(Self { known, value: value.to_owned(), source: Source::Argument });
        }
        if let Some(entry) = file.get(known) {
            let value = match known.kind == Kind::Path {
                true => file.resolve(&entry.text).into_os_string(),
                false => OsString::from(&entry.text),
            };
            let source = Source::File { place: file.place(entry.line) };
            return Some(Self { known, value, source });
        }
        known.default.map(|value| Self { known, value: value.into(), source: Source::Default })
    }

    pub(crate) fn known(&self) -> &'static Known {
        self.known
    }

    pub(crate) fn as_os_str(&self) -> &OsStr {
        &self.value
    }

    pub(crate) fn as_path(&self) -> &Path {
        Path::new(&self.value)
    }

    /// The value as text.
    pub(crate) fn text(&self) -> Result<&str> {
        let text = self.value.to_str();
        text.ok_or_else(|| anyhow!("{} is not valid Unicode", self.name()))
    }

    /// How errors name it: where to change it.
    pub(crate) fn name(&self) -> String {
        match &self.source {
            Source::File { place } => format!("{place}: `{}`", self.known.key),
            Source::Argument | Source::Default => self.known.name(),
        }
    }

    /// Whether nobody said anything else.
    pub(crate) fn is_default(&self) -> bool {
        matches!(self.source, Source::Default)
    }

    /// What is wrong with what the setting names.
    pub(crate) fn fault(&self, error: impl Display) -> anyhow::Error {
        anyhow!("{}: {error}", self.name())
    }

    /// Where the value comes from.
    pub(crate) fn origin(&self) -> String {
        match &self.source {
            Source::File { place } => place.clone(),
            Source::Default => "default".to_owned(),
            Source::Argument => {
                let variable = std::env::var_os(self.known.variable);
                let is_variable = variable.is_some_and(|value| value == self.value);
                let name = if is_variable { self.known.variable } else { self.known.flag };
                format!("`{name}`")
            }
        }
    }
}

impl Known {
    /// How errors name it where the file does not hold it.
    pub(crate) fn name(&self) -> String {
        format!("`{}` (`{}`)", self.flag, self.variable)
    }
}
