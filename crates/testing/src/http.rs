//! Plain HTTP, for what a typed client would never send.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use guildhall_types::ApiVersion;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::contract::Contract;
use crate::server::TestServer;

/// Sends requests with a secret key and checks every answer against the published contract.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    base_url: String,
    secret_key: String,
    version: Option<ApiVersion>,
    turns: Option<Arc<Turns>>,
}

/// Servers that take turns.
#[derive(Debug)]
struct Turns {
    base_urls: Vec<String>,
    next: AtomicUsize,
}

/// An answer as it came.
#[derive(Clone, PartialEq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as JSON; `null` where it is none.
    pub body: Value,
    /// The body as text.
    pub text: String,
}

impl Http {
    pub(crate) fn new(base_url: &str, secret_key: &str) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            // Loading the machine's certificates takes long, and nothing here speaks TLS.
            .tls_certs_only([])
            .build()
            .expect("a client can be made");
        Self {
            client,
            base_url: base_url.to_owned(),
            secret_key: secret_key.to_owned(),
            version: None,
            turns: None,
        }
    }

    /// The same, whose [`Http::reconnected`] connects to each of `servers` in turn; they share a
    /// database.
    pub fn in_turns<'a>(mut self, servers: impl IntoIterator<Item = &'a TestServer>) -> Self {
        let base_urls = servers.into_iter().map(|server| server.base_url().to_owned()).collect();
        self.turns = Some(Arc::new(Turns { base_urls, next: AtomicUsize::new(0) }));
        self
    }

    /// The secret key it sends.
    pub fn secret_key(&self) -> &str {
        &self.secret_key
    }

    /// The same with another secret key.
    pub fn with_key(mut self, secret_key: &str) -> Self {
        secret_key.clone_into(&mut self.secret_key);
        self
    }

    /// The same with a connection of its own.
    pub fn reconnected(&self) -> Self {
        let next = self.turns.as_deref().and_then(Turns::next);
        let base_url = next.unwrap_or(&self.base_url);
        let turns = self.turns.clone();
        Self { version: self.version, turns, ..Self::new(base_url, &self.secret_key) }
    }

    /// The same, asking for a version of the API.
    pub fn with_version(mut self, version: ApiVersion) -> Self {
        self.version = Some(version);
        self
    }

    /// A request to be changed before it is sent by [`Http::send`]; `path` begins with a slash.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_without_key(method, path).bearer_auth(&self.secret_key)
    }

    /// Like [`Http::request`], without `Authorization`.
    pub fn request_without_key(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base_url));
        match self.version {
            Some(version) => request.header("Clerk-API-Version", version.as_str()),
            None => request,
        }
    }

    /// Sends a request.
    ///
    /// # Panics
    /// If there is no answer, or it breaks the published contract.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("a well-formed request");
        let (method, path) = (request.method().to_string(), path_and_query(request.url()));
        let answer = self.client.execute(request).await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.expect("a whole answer");
        let content_type = headers.get("content-type").and_then(|value| value.to_str().ok());
        for version in [ApiVersion::default(), ApiVersion::LATEST] {
            Contract::of(version)
                .check(&method, &path, status, content_type, &text)
                .unwrap_or_else(|fault| panic!("{method} {path} {status}: {fault}\n{text}"));
        }
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, body, text }
    }

    /// Sends a `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// Sends a `PATCH` with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    /// Sends a `PUT` with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    /// Sends a `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }
}

fn path_and_query(url: &reqwest::Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

impl Turns {
    /// Whose turn it is.
    fn next(&self) -> Option<&str> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let place = turn.checked_rem(self.base_urls.len())?;
        self.base_urls.get(place).map(String::as_str)
    }
}

impl Answer {
    /// The body, of an answer that must be a success.
    ///
    /// # Panics
    /// If it is none.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.body
    }

    /// The text of a field at a JSON pointer.
    ///
    /// # Panics
    /// If there is no text.
    #[track_caller]
    pub fn text_at(&self, pointer: &str) -> String {
        let value = self.body.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("no text at {pointer} in {}", self.text)).to_owned()
    }

    /// The ids of a list, in its order, whether it stands in an envelope or alone.
    ///
    /// # Panics
    /// If the answer is no list.
    #[track_caller]
    pub fn ids(self) -> Vec<String> {
        let body = self.ok();
        let rows = body.as_array().or_else(|| body["data"].as_array());
        let rows = rows.unwrap_or_else(|| panic!("no list: {body}"));
        rows.iter().map(|row| row["id"].as_str().expect("rows have ids").to_owned()).collect()
    }

    /// What is wrong, as one line for each error: status, code, and the parameter if there is one.
    pub fn faults(&self) -> Vec<String> {
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        let line = |error: &Value| {
            let code = error["code"].as_str().unwrap_or_default();
            match error.pointer("/meta/param_name").and_then(Value::as_str) {
                Some(parameter) => format!("{} {code} {parameter}", self.status),
                None => format!("{} {code}", self.status),
            }
        };
        errors.iter().map(line).collect()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.status, self.text)
    }
}
