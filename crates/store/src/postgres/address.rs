//! The URL of a database: what the driver understands of it, and what is ours.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::PostgresSettings;
use super::tls::{self, Trust};
use crate::error::OpenError;

/// How long a silent connection is left alone before the other side is asked for a sign of life.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// How long sent data may stay unacknowledged before a connection counts as broken.
const UNACKNOWLEDGED: Duration = Duration::from_secs(15);

/// Where a database is, and how a connection to it is made.
pub(crate) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
    password_file: Option<PathBuf>,
    /// Whether a pooler gives each transaction another session.
    pub(crate) is_shared: bool,
}

/// The parameters of a URL that are read here, because the driver knows them not or otherwise.
#[derive(Default)]
struct Ours {
    ssl_mode: Option<String>,
    root_certificate: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    is_shared: bool,
}

impl Address {
    /// Reads the URL of the settings.
    ///
    /// # Errors
    /// [`OpenError::Url`] names what cannot be understood, without the URL.
    pub(crate) fn new(settings: &PostgresSettings) -> Result<Self, OpenError> {
        let url = settings.url.expose_secret();
        let (rest, ours) = split(url)?;
        let unclear =
            |error: tokio_postgres::Error| OpenError::Url { reason: crate::with_causes(&error) };
        let mut config: Config = rest.parse().map_err(unclear)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(OpenError::Url { reason: "no host is named".to_owned() });
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(settings.connect_timeout);
        }
        if config.get_application_name().is_none() {
            config.application_name("guildhall");
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNACKNOWLEDGED);
        }
        config.keepalives_idle(KEEPALIVE);
        let trust = ours.apply_mode(&mut config)?;
        let tls = tls::client(trust, ours.certificate.as_deref(), ours.key.as_deref())?;
        let password_file = settings.password_file.clone();
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls),
            password_file,
            is_shared: ours.is_shared,
        })
    }

    /// How to connect now: the password is read anew.
    pub(super) fn config(&self) -> std::io::Result<Config> {
        let mut config = self.config.clone();
        if let Some(file) = &self.password_file {
            config.password(std::fs::read_to_string(file)?.trim_end_matches(['\r', '\n']));
        }
        Ok(config)
    }

    /// What the URL sets in each session.
    #[cfg(test)]
    pub(super) fn options(&self) -> &str {
        self.config.get_options().unwrap_or_default()
    }

    /// The hosts and their ports, as the URL names them.
    pub(crate) fn hosts(&self) -> String {
        let (hosts, ports) = (self.config.get_hosts(), self.config.get_ports());
        let addresses = self.config.get_hostaddrs();
        let host = |index: usize| match hosts.get(index) {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => addresses[index].to_string(),
        };
        let port = |index: usize| ports.get(index).or(ports.first()).copied().unwrap_or(5432);
        let each = (0..hosts.len().max(addresses.len()))
            .map(|index| format!("{}:{}", host(index), port(index)));
        each.collect::<Vec<_>>().join(",")
    }

    /// The TLS side of a connection.
    pub(super) fn tls(&self) -> MakeRustlsConnect {
        self.tls.clone()
    }
}

impl Ours {
    /// Sets whether TLS is asked for; gives which servers are believed then.
    fn apply_mode(&self, config: &mut Config) -> Result<Trust, OpenError> {
        let root = self.root_certificate.clone();
        let (mode, trust) = match self.ssl_mode.as_deref().unwrap_or("prefer") {
            "disable" => (SslMode::Disable, Trust::Anybody),
            "allow" | "prefer" => (SslMode::Prefer, Trust::Anybody),
            // As libpq has it: who names authorities wants the server to be checked.
            "require" if root.is_some() => (SslMode::Require, Trust::Signed(root)),
            "require" => (SslMode::Require, Trust::Anybody),
            "verify-ca" => (SslMode::Require, Trust::Signed(root)),
            "verify-full" => (SslMode::Require, Trust::SignedForHost(root)),
            other => {
                let reason = format!(
                    "`sslmode={other}` is none of disable, allow, prefer, require, verify-ca, \
                     verify-full"
                );
                return Err(OpenError::Url { reason });
            }
        };
        config.ssl_mode(mode);
        Ok(trust)
    }
}

/// Takes our parameters out of a URL.
fn split(url: &str) -> Result<(String, Ours), OpenError> {
    let reason = |reason: &str| OpenError::Url { reason: reason.to_owned() };
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(reason("it does not begin with `postgres://`"));
    }
    let mut ours = Ours::default();
    let Some((base, query)) = url.split_once('?') else { return Ok((url.to_owned(), ours)) };
    let mut others = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| reason("a parameter has no value"))?;
        let value = || decode(value).ok_or_else(|| reason("a parameter is not UTF-8"));
        match name {
            "sslmode" => ours.ssl_mode = Some(value()?),
            "sslrootcert" => ours.root_certificate = Some(value()?.into()),
            "sslcert" => ours.certificate = Some(value()?.into()),
            "sslkey" => ours.key = Some(value()?.into()),
            "pgbouncer" => {
                ours.is_shared = match value()?.as_str() {
                    "true" => true,
                    "false" => false,
                    _ => return Err(reason("`pgbouncer` is neither `true` nor `false`")),
                };
            }
            _ => others.push(pair),
        }
    }
    Ok((format!("{base}?{}", others.join("&")), ours))
}

/// Undoes percent-encoding.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        rest = others;
        let code = match (first, others) {
            (b'%', [high, low, ..]) => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            _ => None,
        };
        if code.is_some() {
            rest = &others[2..];
        }
        bytes.push(code.unwrap_or(*first));
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(url: &str) -> String {
        let settings = PostgresSettings::new(url);
        settings.expect_err("it is refused").to_string()
    }

    #[test]
    fn every_mode_of_tls_is_understood() {
        for mode in ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] {
            let url = format!("postgres://ada:secret@localhost/app?sslmode={mode}");
            PostgresSettings::new(&url).unwrap();
        }
    }

    #[test]
    fn several_hosts_and_parameters_of_the_driver_are_understood() {
        let url = "postgresql://ada@one:5432,two:5433/app?target_session_attrs=read-write\
                   &connect_timeout=3&pgbouncer=true&options=-csearch_path%3Dapp";

        let settings = PostgresSettings::new(url).unwrap();

        let address = Address::new(&settings).unwrap();
        assert!(address.is_shared);
        assert_eq!(address.config.get_hosts().len(), 2);
        assert_eq!(address.config.get_options(), Some("-csearch_path=app"));
    }

    #[test]
    fn what_is_not_understood_is_named_and_the_password_is_not() {
        let faults = [
            ("mysql://ada:secret@localhost/app", "postgres://"),
            ("postgres:///app?user=ada&password=secret", "host"),
            ("postgres://ada:secret@localhost/app?sslmode=no", "sslmode=no"),
            ("postgres://ada:secret@localhost/app?schema=x", "schema"),
            ("postgres://ada:secret@localhost/app?pgbouncer=1", "pgbouncer"),
            ("postgres://ada:secret@localhost/app?sslmode=verify-full&sslrootcert=/no", "/no"),
            ("postgres://ada:secret@localhost/app?sslcert=/no", "sslkey"),
        ];
        for (url, named) in faults {
            let reason = reason(url);
            assert!(reason.contains(named), "{reason}");
            assert!(!reason.contains("secret"), "{reason}");
        }
    }

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(decode("%2Fetc%2Fca.pem"), Some("/etc/ca.pem".to_owned()));
        assert_eq!(decode("100%"), Some("100%".to_owned()));
        assert_eq!(decode("%C3%BC"), Some("ü".to_owned()));
        assert_eq!(decode("%ff"), None);
    }
}
