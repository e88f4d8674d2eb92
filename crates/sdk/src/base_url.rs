//! Where the API is: one rule for every way to write its address.

use url::{Position, Url};

use crate::ConfigError;

/// The address of the API without a slash at the end; its last path segment is `v1`.
#[derive(Clone, Debug)]
pub(crate) struct BaseUrl(String);

impl BaseUrl {
    /// Reads `text` by the rule documented at [`ClientBuilder::base_url`](crate::ClientBuilder).
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        let url = Url::parse(text)
            .map_err(|source| ConfigError::BaseUrlInvalid { source: Box::new(source) })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ConfigError::BaseUrlScheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ConfigError::BaseUrlUserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ConfigError::BaseUrlQuery);
        }
        let path = url.path().trim_end_matches('/');
        if path.contains("//") {
            return Err(ConfigError::BaseUrlEmptySegment);
        }
        let version = if path.rsplit('/').next() == Some("v1") { "" } else { "/v1" };
        Ok(Self(format!("{}{path}{version}", &url[..Position::BeforePath])))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_address_gives_one_base() {
        for (given, expected) in [
            ("http://h", "http://h/v1"),
            ("http://h/", "http://h/v1"),
            ("http://h///", "http://h/v1"),
            ("http://h/v1", "http://h/v1"),
            ("http://h/v1/", "http://h/v1"),
            ("http://h/auth", "http://h/auth/v1"),
            ("http://h/auth/v1", "http://h/auth/v1"),
            ("http://h/v1/auth", "http://h/v1/auth/v1"),
            ("http://[::1]:8080", "http://[::1]:8080/v1"),
            ("HTTPS://API.Example.COM:443/v1", "https://api.example.com/v1"),
            ("http://h/dev1", "http://h/dev1/v1"),
        ] {
            assert_eq!(BaseUrl::parse(given).unwrap().as_str(), expected, "{given}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_a_base_is_refused() {
        for given in [
            "",
            "h",
            "/v1",
            "localhost:8080",
            "ftp://h/v1",
            "http://",
            "http://h/v1?x=1",
            "http://h/v1?",
            "http://h/v1#top",
            "http://user@h/v1",
            "http://user:word@h/v1",
            "http://h//v1",
        ] {
            assert!(BaseUrl::parse(given).is_err(), "{given}");
        }
    }
}
