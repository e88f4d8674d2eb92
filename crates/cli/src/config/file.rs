//! The configuration file: TOML, every fault of which is told with its line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::setting::{ALL, Kind, Known};

/// What a profile must have.
const PROFILE_KEYS: [&str; 2] = ["api_url", "secret_key_file"];

/// What the file says.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    values: BTreeMap<&'static str, Entry>,
    profiles: BTreeMap<String, Profile>,
}

/// A value, and the line it stands in.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A server that can be called by name.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) api_url: Entry,
    pub(crate) secret_key_file: Entry,
}

impl ConfigFile {
    /// Reads `text`, which is what `path` holds.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self> {
        let reader = Reader { path, text };
        let document = DeTable::parse(text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            anyhow!("{}: {}", reader.place(&span), error.message())
        })?;
        let mut values = BTreeMap::new();
        let mut profiles = BTreeMap::new();
        for (key, value) in document.get_ref() {
            let name: &str = key.get_ref();
            match ALL.iter().find(|known| known.key == name) {
                Some(known) => {
                    let entry = match known.kind {
                        Kind::Text | Kind::Path => reader.text(name, value)?,
                        Kind::Number => reader.number(name, value)?,
                    };
                    values.insert(known.key, entry);
                }
                None if name == "profiles" => profiles = reader.profiles(value)?,
                None => {
                    let known = ALL.iter().map(|known| known.key).chain(["profiles"]);
                    return Err(reader.unknown(&key.span(), name, known));
                }
            }
        }
        Ok(Self { path: path.to_owned(), values, profiles })
    }

    /// What the file says of a setting.
    pub(super) fn get(&self, known: &Known) -> Option<&Entry> {
        self.values.get(known.key)
    }

    /// The profile of that name.
    pub(crate) fn profile(&self, name: &str) -> Result<&Profile> {
        let names: Vec<_> = self.profiles.keys().map(|name| format!("`{name}`")).collect();
        self.profiles.get(name).ok_or_else(|| {
            let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let path = self.path.display();
            anyhow!("`--profile`: there is no `{name}` in `{path}`; there is {there}")
        })
    }

    pub(crate) fn profiles(&self) -> impl Iterator<Item = (&str, &Profile)> {
        self.profiles.iter().map(|(name, profile)| (name.as_str(), profile))
    }

    /// A path as the file means it: a relative one starts at the folder of the file.
    pub(crate) fn resolve(&self, path: &str) -> PathBuf {
        self.path.parent().map_or_else(|| PathBuf::from(path), |folder| folder.join(path))
    }

    /// How a line of the file is named.
    pub(crate) fn place(&self, line: usize) -> String {
        format!("`{}` line {line}", self.path.display())
    }
}

/// Reads one file, and tells where in it a fault is.
struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or_default();
        before.matches('\n').count() + 1
    }

    fn place(&self, span: &Range<usize>) -> String {
        format!("`{}` line {}", self.path.display(), self.line(span))
    }

    fn text(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Entry> {
        let (place, kind) = (self.place(&value.span()), value.get_ref().type_str());
        match value.get_ref().as_str() {
            Some("") => bail!("{place}: `{key}` is empty"),
            Some(text) => Ok(Entry { text: text.to_owned(), line: self.line(&value.span()) }),
            None => bail!("{place}: `{key}` must be a string, not of type {kind}"),
        }
    }

    fn number(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Entry> {
        let (place, kind) = (self.place(&value.span()), value.get_ref().type_str());
        match value.get_ref().as_integer() {
            Some(number) => Ok(Entry { text: number.to_string(), line: self.line(&value.span()) }),
            None => bail!("{place}: `{key}` must be a whole number, not of type {kind}"),
        }
    }

    fn table<'t, 'i>(&self, key: &str, value: &'t Spanned<DeValue<'i>>) -> Result<&'t DeTable<'i>> {
        let (place, kind) = (self.place(&value.span()), value.get_ref().type_str());
        value
            .get_ref()
            .as_table()
            .ok_or_else(|| anyhow!("{place}: `{key}` must be a table, not of type {kind}"))
    }

    fn profiles(&self, value: &Spanned<DeValue<'_>>) -> Result<BTreeMap<String, Profile>> {
        let mut profiles = BTreeMap::new();
        for (name, value) in self.table("profiles", value)? {
            let profile = self.profile(&format!("profiles.{}", name.get_ref()), value)?;
            profiles.insert(name.get_ref().to_string(), profile);
        }
        Ok(profiles)
    }

    fn profile(&self, path: &str, value: &Spanned<DeValue<'_>>) -> Result<Profile> {
        let table = self.table(path, value)?;
        for key in table.keys() {
            let name: &str = key.get_ref();
            if !PROFILE_KEYS.contains(&name) {
                let full = format!("{path}.{name}");
                return Err(self.unknown(&key.span(), &full, PROFILE_KEYS.into_iter()));
            }
        }
        let entry = |key: &str| {
            let full = format!("{path}.{key}");
            let missing = || anyhow!("{}: `{full}` is missing", self.place(&value.span()));
            self.text(&full, table.get(key).ok_or_else(missing)?)
        };
        let [api_url, secret_key_file] = PROFILE_KEYS;
        Ok(Profile { api_url: entry(api_url)?, secret_key_file: entry(secret_key_file)? })
    }

    fn unknown(
        &self,
        span: &Range<usize>,
        key: &str,
        known: impl Iterator<Item = &'static str>,
    ) -> anyhow::Error {
        let known: Vec<_> = known.collect();
        anyhow!("{}: unknown key `{key}`; the keys are {}", self.place(span), known.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Setting;

    const MANUAL: &str = include_str!("../../config.default.toml");

    fn parse(text: &str) -> Result<ConfigFile> {
        ConfigFile::parse(Path::new("guildhall.toml"), text)
    }

    fn fault(text: &str) -> String {
        parse(text).expect_err("it is wrong").to_string()
    }

    #[test]
    fn the_manual_equals_the_defaults() {
        let (manual, nothing) = (parse(MANUAL).unwrap(), parse("").unwrap());

        for known in ALL {
            let value = |file| Setting::resolve(known, None, file);
            let text = |setting: Option<Setting>| setting.map(|it| it.text().unwrap().to_owned());
            assert_eq!(text(value(&manual)), text(value(&nothing)), "{}", known.key);
        }
        assert!(manual.profiles.is_empty());
    }

    #[test]
    fn the_manual_shows_every_key() {
        let is_setting = |line: &&str| line.starts_with('[') || line.contains(" = ");
        let lines = MANUAL.lines().map(|line| line.trim_start_matches("# ")).filter(is_setting);

        let file = parse(&lines.collect::<Vec<_>>().join("\n")).unwrap();

        assert!(ALL.iter().all(|known| file.get(known).is_some()));
        assert_eq!(file.profiles.keys().collect::<Vec<_>>(), ["clerk", "staging"]);
    }

    #[test]
    fn a_fault_is_told_with_its_file_line_and_key() {
        for (text, expected) in [
            (
                "bind = \"x\"\nport = 1",
                "`guildhall.toml` line 2: unknown key `port`; the keys are bind, \
                 metrics_bind, data, database_url, database_password_file, \
                 database_page_connections, database_scan_connections, \
                 database_write_connections, database_connect_timeout, \
                 database_statement_timeout, database_lock_timeout, \
                 database_idle_transaction_timeout, public_url, trusted_proxies, secret_key_file, \
                 server_key_file, production_sessions, log, profiles",
            ),
            (
                "database_page_connections = \"8\"",
                "`guildhall.toml` line 1: `database_page_connections` must be a whole number, not of \
                 type string",
            ),
            (
                "\nbind = 4600",
                "`guildhall.toml` line 2: `bind` must be a string, not of type integer",
            ),
            ("data = \"\"", "`guildhall.toml` line 1: `data` is empty"),
            (
                "profiles = []",
                "`guildhall.toml` line 1: `profiles` must be a table, not of type array",
            ),
            (
                "[profiles]\na = 1",
                "`guildhall.toml` line 2: `profiles.a` must be a table, not of type integer",
            ),
            (
                "[profiles.a]\napi_url = \"x\"\nkey = \"y\"",
                "`guildhall.toml` line 3: unknown key `profiles.a.key`; the keys are api_url, \
                 secret_key_file",
            ),
            (
                "\n[profiles.a]\napi_url = \"x\"",
                "`guildhall.toml` line 2: `profiles.a.secret_key_file` is missing",
            ),
            (
                "[profiles.a]\napi_url = true",
                "`guildhall.toml` line 2: `profiles.a.api_url` must be a string, not of type \
                 boolean",
            ),
        ] {
            assert_eq!(fault(text), expected);
        }
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        assert!(fault("log = \"info\"\nbind =").starts_with("`guildhall.toml` line 2: "));
        assert!(fault("log = \"a\"\nlog = \"b\"").starts_with("`guildhall.toml` line 2: "));
    }

    #[test]
    fn a_relative_path_starts_at_the_folder_of_the_file() {
        let file = ConfigFile::parse(Path::new("/etc/guildhall/a.toml"), "data = \"d\"").unwrap();

        let data = Setting::resolve(&crate::config::DATA, None, &file).unwrap();

        assert_eq!(data.as_path(), Path::new("/etc/guildhall/d"));
    }
}
