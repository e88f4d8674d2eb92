//! Headers of answers, compression, HTTP/2.

use guildhall_testing::{Answer, TestServer};
use reqwest::Method;
use serde_json::json;

use super::raw;

/// One success and one refusal of each kind.
async fn answers(server: &TestServer) -> Vec<Answer> {
    let http = server.http();
    let broken = http.request(Method::POST, "/v1/users").body("{");
    let typed = http.request(Method::POST, "/v1/users").header("content-type", "text/plain");
    vec![
        http.get("/v1/users").await,
        http.post("/v1/users", json!({})).await,
        http.get("/v1/users/user_x").await,
        http.get("/v1/nothing").await,
        http.send(http.request(Method::PUT, "/v1/users")).await,
        http.get("/v1/users?limit=0").await,
        http.get("/v1/users?__clerk_api_version=x").await,
        http.send(http.request_without_key(Method::GET, "/v1/users")).await,
        http.send(broken).await,
        http.send(typed.body("x")).await,
        http.get(&format!("/v1/users?query={}", "x".repeat(40_000))).await,
    ]
}

#[tokio::test]
async fn the_content_type_is_exactly_json() {
    let server = TestServer::start().await;

    for answer in answers(&server).await {
        let types: Vec<_> = answer.headers.get_all("content-type").iter().collect();
        assert_eq!(types, ["application/json"], "{answer:?}");
    }
}

#[tokio::test]
async fn every_answer_has_a_trace_id_of_its_own_in_headers_and_body() {
    let server = TestServer::start().await;
    let mut seen = std::collections::BTreeSet::new();

    for answer in answers(&server).await {
        let id = answer.headers["x-clerk-trace-id"].to_str().unwrap().to_owned();
        assert_eq!(answer.headers["x-cloud-trace-context"], id);
        assert!(id.len() == 32 && id.bytes().all(|byte| b"0123456789abcdef".contains(&byte)));
        if answer.status >= 400 {
            assert_eq!(answer.text_at("/clerk_trace_id"), id);
        }
        assert!(seen.insert(id), "{answer:?}");
    }
}

#[tokio::test]
async fn no_answer_speaks_of_other_origins() {
    let server = TestServer::start().await;
    let http = server.http();
    let preflight = http
        .request(Method::OPTIONS, "/v1/users")
        .header("origin", "https://example.com")
        .header("access-control-request-method", "POST");

    let mut all = answers(&server).await;
    let get = http.request(Method::GET, "/v1/users").header("origin", "https://example.com");
    all.extend([http.send(preflight).await, http.send(get).await]);

    for answer in all {
        let mut names = answer.headers.keys();
        assert!(!names.any(|name| name.as_str().starts_with("access-control-")), "{answer:?}");
    }
}

#[tokio::test]
async fn a_large_answer_is_compressed_for_those_who_ask_only() {
    let server = TestServer::start().await;
    let http = server.http();
    for _ in 0..10 {
        http.anybody().await;
    }
    let plain = raw::send(&server, "GET /v1/users", "", b"").await;

    let packed =
        raw::send(&server, "GET /v1/users", "Accept-Encoding: gzip, deflate\r\n", b"").await;
    let refused =
        raw::send(&server, "GET /v1/users", "Accept-Encoding: gzip;q=0, br\r\n", b"").await;

    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(refused.header("content-encoding"), None);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.header("content-type"), Some("application/json"));
    assert!(packed.body.len() < plain.body.len() / 2);
}

#[tokio::test]
async fn a_compressed_answer_unpacks_to_the_plain_one() {
    let server = TestServer::start().await;
    let http = server.http();
    for _ in 0..10 {
        http.anybody().await;
    }

    // The client asks for gzip and unpacks it by itself.
    let unpacked = http.get("/v1/users").await.text;

    let plain = http.request(Method::GET, "/v1/users").header("accept-encoding", "identity");
    assert_eq!(unpacked, http.send(plain).await.text);
}

#[tokio::test]
async fn http_2_is_spoken_without_an_upgrade() {
    let server = TestServer::start().await;
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let url = format!("{}/v1/users", server.base_url());
    let request =
        || client.post(&url).bearer_auth(server.secret_key()).json(&json!({ "first_name": "Ada" }));

    let created = request().send().await.unwrap();
    let refused = request().json(&json!({ "first_name": 1 })).send().await.unwrap();

    assert_eq!((created.version(), created.status().as_u16()), (reqwest::Version::HTTP_2, 200));
    assert_eq!(refused.status().as_u16(), 422);
    assert_eq!(refused.headers()["content-type"], "application/json");
    assert_eq!(server.http().get("/v1/users/count").await.ok()["total_count"], 1);
}

#[tokio::test]
async fn headers_that_clients_add_are_ignored() {
    let server = TestServer::start().await;
    let http = server.http();

    for (name, value) in [
        ("idempotency-key", "x"),
        ("x-clerk-sdk", "python/7.0.0"),
        ("accept", "text/html"),
        ("accept-encoding", "identity;q=0"),
        ("x-http-method-override", "DELETE"),
        ("if-none-match", "*"),
    ] {
        let request = http.request(Method::GET, "/v1/users").header(name, value);
        assert_eq!(http.send(request).await.status, 200, "{name}");
    }
}
