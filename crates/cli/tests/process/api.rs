//! Plain HTTP without a second attempt.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// Sends requests with a key to a server.
#[derive(Clone)]
pub(crate) struct Api {
    client: Client,
    base_url: String,
    secret_key: String,
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Api {
    pub(crate) fn new(base_url: &str, secret_key: &str) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self::with_client(client, base_url, secret_key)
    }

    pub(crate) fn with_client(client: Client, base_url: &str, secret_key: &str) -> Self {
        Self { client, base_url: base_url.to_owned(), secret_key: secret_key.to_owned() }
    }

    pub(crate) fn secret_key(&self) -> &str {
        &self.secret_key
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base_url))
            .bearer_auth(&self.secret_key)
    }

    /// Sends a request; an error means that nobody knows what became of it.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await?;
        Ok(Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null) })
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await.unwrap()
    }

    /// The status of a read that needs the key.
    pub(crate) async fn status_of_key(&self) -> u16 {
        self.get("/v1/users/count").await.status
    }

    /// Makes a user; gives the id.
    pub(crate) async fn user(&self, fields: Value) -> String {
        self.post("/v1/users", &fields).await.ok()["id"].as_str().unwrap().to_owned()
    }

    /// Makes an organization with an admin; gives both ids.
    pub(crate) async fn organization(&self, name: &str) -> (String, String) {
        let admin = self.user(json!({})).await;
        let fields = json!({ "name": name, "created_by": admin });
        let organization = self.post("/v1/organizations", &fields).await.ok();
        (organization["id"].as_str().unwrap().to_owned(), admin)
    }

    /// Every user, page by page.
    pub(crate) async fn users(&self) -> Vec<Value> {
        let mut users = Vec::new();
        loop {
            let path = format!("/v1/users?limit=500&order_by=created_at&offset={}", users.len());
            let page = self.get(&path).await.ok();
            let page = page.as_array().unwrap();
            if page.is_empty() {
                return users;
            }
            users.extend_from_slice(page);
        }
    }
}

impl Answer {
    /// The body, of an answer that must be a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// The code of the first error.
    pub(crate) fn code(&self) -> &str {
        self.body["errors"][0]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
