//! The request that the arguments describe.

use std::io::Read;

use anyhow::{Context, Result, bail};
use guildhall_sdk::{ApiVersion, SecretString};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Method, Request, Url};
use secrecy::ExposeSecret;

use super::ApiArguments;

const API_VERSION: HeaderName = HeaderName::from_static("clerk-api-version");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The request to the server at `base_url`, which ends in `/v1`.
pub(super) fn build(
    arguments: &ApiArguments,
    base_url: &str,
    secret_key: &SecretString,
) -> Result<Request> {
    let method = Method::from_bytes(arguments.method.to_ascii_uppercase().as_bytes())
        .with_context(|| format!("`{}` cannot be a method", arguments.method))?;
    let mut request = Request::new(method, url(base_url, &arguments.path)?);
    *request.headers_mut() = default_headers(secret_key)?;
    if let Some(data) = &arguments.data {
        request.headers_mut().insert(CONTENT_TYPE, JSON);
        *request.body_mut() = Some(body(data)?);
    }
    change_headers(request.headers_mut(), &arguments.header)?;
    Ok(request)
}

fn url(base_url: &str, path: &str) -> Result<Url> {
    if path.contains("://") && !path.contains('?') {
        bail!("`{path}`: give the path alone; `--api-url` names the server");
    }
    let relative = path.strip_prefix('/').unwrap_or(path);
    let rest = relative.strip_prefix("v1").unwrap_or(relative);
    // `v1x` is a path of its own, not one below `v1`.
    let relative = if rest.is_empty() || rest.starts_with(['/', '?']) { rest } else { relative };
    let separator = if relative.is_empty() || relative.starts_with(['/', '?']) { "" } else { "/" };
    let url = format!("{base_url}{separator}{relative}");
    url.parse().with_context(|| format!("`{path}` cannot be a path"))
}

fn default_headers(secret_key: &SecretString) -> Result<HeaderMap> {
    let authorization = format!("Bearer {}", secret_key.expose_secret());
    let mut authorization =
        HeaderValue::from_str(&authorization).context("the secret key cannot be used")?;
    authorization.set_sensitive(true);
    Ok(HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (API_VERSION, HeaderValue::from_static(ApiVersion::LATEST.as_str())),
        (ACCEPT, JSON),
    ]))
}

fn body(data: &str) -> Result<Body> {
    let bytes = match data.strip_prefix('@') {
        Some(path) => {
            std::fs::read(path).with_context(|| format!("`--data`: cannot read `{path}`"))?
        }
        None if data == "-" => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().read_to_end(&mut bytes);
            read.context("`--data`: cannot read stdin")?;
            bytes
        }
        None => data.as_bytes().to_vec(),
    };
    Ok(bytes.into())
}

/// Lets each header that is given take the place of those that stand there.
fn change_headers(headers: &mut HeaderMap, given: &[String]) -> Result<()> {
    let mut changed = HeaderMap::new();
    for header in given {
        let (name, value) = header
            .split_once(':')
            .with_context(|| format!("`--header`: `{header}` must be like `NAME:VALUE`"))?;
        let name = HeaderName::from_bytes(name.trim().as_bytes())
            .with_context(|| format!("`--header`: `{name}` cannot be the name of a header"))?;
        let value = value.trim();
        headers.remove(&name);
        if !value.is_empty() {
            let value = HeaderValue::from_str(value)
                .with_context(|| format!("`--header`: the value of `{name}` cannot be sent"))?;
            changed.append(name, value);
        }
    }
    headers.extend(changed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_path_leads_to_the_same_place() {
        for path in ["/v1/users?limit=3", "v1/users?limit=3", "/users?limit=3", "users?limit=3"] {
            let url = url("http://127.0.0.1:4600/v1", path).unwrap();

            assert_eq!(url.as_str(), "http://127.0.0.1:4600/v1/users?limit=3", "{path}");
        }
    }

    #[test]
    fn only_a_whole_part_of_the_path_is_the_version() {
        let path = |path| url("http://h/auth/v1", path).unwrap().path().to_owned();

        assert_eq!(path("v1x/y"), "/auth/v1/v1x/y");
        assert_eq!(path("/v1"), "/auth/v1");
        assert_eq!(path(""), "/auth/v1");
    }

    #[test]
    fn a_path_never_leads_to_another_server() {
        assert!(url("http://h/v1", "https://example.com/v1/users").is_err());
        assert_eq!(url("http://h/v1", "//example.com/x").unwrap().host_str(), Some("h"));
        assert_eq!(url("http://h/v1", "@example.com/x").unwrap().host_str(), Some("h"));
        assert!(url("http://h/v1", "x?redirect_url=https://example.com").is_ok());
    }
}
