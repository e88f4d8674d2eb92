//! Secret keys: who may ask, and what the others are told.

use guildhall_testing::{Answer, Http, TestServer};
use reqwest::Method;

async fn authorized(http: &Http, path: &str, values: &[&str]) -> Answer {
    let request = http.request_without_key(Method::GET, path);
    http.send(values.iter().fold(request, |request, value| request.header("authorization", *value)))
        .await
}

#[tokio::test]
async fn a_request_without_a_key_is_refused() {
    let server = TestServer::start().await;

    let answer = authorized(&server.http(), "/v1/users", &[]).await;

    assert_eq!(answer.faults(), ["401 authorization_header_format_invalid"]);
    assert_eq!(answer.body["errors"][0].get("meta"), None);
}

#[tokio::test]
async fn another_scheme_or_shape_is_refused() {
    let server = TestServer::start().await;
    let key = server.secret_key();

    for value in [
        "Basic dXNlcjpwYXNz".to_owned(),
        format!("Token {key}"),
        key.to_owned(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer{key}"),
        String::new(),
    ] {
        let answer = authorized(&server.http(), "/v1/users", &[&value]).await;
        assert_eq!(answer.faults(), ["401 authorization_header_format_invalid"], "{value}");
    }
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case() {
    let server = TestServer::start().await;

    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let value = format!("{scheme} {}", server.secret_key());
        assert_eq!(authorized(&server.http(), "/v1/users", &[&value]).await.status, 200);
    }
}

#[tokio::test]
async fn an_unknown_key_is_refused_whatever_its_shape() {
    let server = TestServer::start().await;
    let (key, long) = (server.secret_key(), "x".repeat(5_000));

    for unknown in
        ["sk_test_notakey", "whatever", &key[..key.len() - 1], &key.to_uppercase(), &long, "ключ"]
    {
        let value = format!("Bearer {unknown}");
        let answer = authorized(&server.http(), "/v1/users", &[&value]).await;
        assert_eq!(answer.status, 401, "{unknown}");
        let code = answer.text_at("/errors/0/code");
        let expected = match unknown.is_ascii() {
            true => "clerk_key_invalid",
            // A header that is no text has no readable form at all.
            false => "authorization_header_format_invalid",
        };
        assert_eq!(code, expected, "{unknown}");
    }
}

#[tokio::test]
async fn two_keys_at_once_are_refused() {
    let server = TestServer::start().await;
    let value = format!("Bearer {}", server.secret_key());

    let answer = authorized(&server.http(), "/v1/users", &[&value, &value]).await;

    assert_eq!(answer.faults(), ["401 authorization_header_format_invalid"]);
}

#[tokio::test]
async fn a_key_in_the_query_opens_nothing() {
    let server = TestServer::start().await;
    let path = format!("/v1/users?access_token={}", server.secret_key());

    assert_eq!(authorized(&server.http(), &path, &[]).await.status, 401);
}

#[tokio::test]
async fn without_a_key_every_path_and_method_below_v1_looks_the_same() {
    let server = TestServer::start().await;
    let http = server.http();

    for path in ["/v1/users", "/v1/users/user_x", "/v1/nothing", "/v1/users/"] {
        for method in ["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "BREW"] {
            let request = http.request_without_key(method.parse().unwrap(), path);
            let answer = http.send(request).await;
            let expected = ["401 authorization_header_format_invalid"];
            assert_eq!(answer.faults(), expected, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn without_a_key_the_root_of_v1_looks_like_every_path_below() {
    let server = TestServer::start().await;

    for path in ["/v1", "/v1/", "/v1//users"] {
        let answer = authorized(&server.http(), path, &[]).await;
        assert_eq!(answer.faults(), ["401 authorization_header_format_invalid"], "{path}");
    }
}

#[tokio::test]
async fn a_key_is_asked_for_before_version_content_type_and_body() {
    let server = TestServer::start().await;
    let http = server.http();

    let request = http
        .request_without_key(Method::POST, "/v1/users?__clerk_api_version=1999-01-01")
        .header("content-type", "text/plain")
        .body("{");

    let answer = http.send(request).await;
    assert_eq!(answer.faults(), ["401 authorization_header_format_invalid"]);
}

#[tokio::test]
async fn a_key_is_never_told() {
    let server = TestServer::start().await;
    let key = server.secret_key();

    for path in ["/v1/users", "/v1/nothing", "/v1/users?limit=x"] {
        let answer = server.http().get(path).await;
        assert!(!answer.text.contains(key));
        assert!(!format!("{:?}", answer.headers).contains(key));
    }
}

#[tokio::test]
async fn a_key_is_stored_as_a_hash_alone_in_the_database() {
    let server = TestServer::start().await;
    let http = server.another_instance().await;
    http.anybody().await;

    let bytes = server.stored().await;

    let times =
        |text: &str| bytes.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
    assert!(times("key_") > 0, "no key is stored at all");
    assert_eq!(times(http.secret_key()), 0);
    // The development key is kept in a file for its owner, and nowhere else.
    assert_eq!(times(server.secret_key()), 1);
}
