//! The keys that verify tokens.

use std::os::unix::fs::PermissionsExt;

use guildhall_testing::TestServer;
use serde_json::json;

use super::{path, sign_in, verified};

#[tokio::test]
async fn there_is_one_key_of_2048_bits_named_by_the_instance() {
    let server = TestServer::start().await;
    let http = server.http();
    let instance = http.get("/v1/instance").await.text_at("/id");

    let keys = http.get("/v1/jwks").await.ok();

    let [key] = &keys["keys"].as_array().unwrap()[..] else { panic!("not one key: {keys}") };
    assert_eq!(key["kid"], instance);
    assert_eq!((&key["kty"], &key["alg"]), (&json!("RSA"), &json!("RS256")));
    assert_eq!((&key["use"], &key["e"]), (&json!("sig"), &json!("AQAB")));
    // 256 bytes are 342 digits of 64.
    assert_eq!(key["n"].as_str().unwrap().len(), 342);
    assert_eq!(http.get("/v1/jwks").await.ok(), keys);
}

#[tokio::test]
async fn everybody_may_read_the_keys_of_an_instance() {
    let server = TestServer::start().await;
    let http = server.http();
    let other = server.another_instance().await;
    let own = http.get("/v1/jwks").await.ok();
    let foreign = other.get("/v1/jwks").await.ok();
    assert_ne!(own, foreign);

    let open = async |path: &str| {
        let request = http.request_without_key(reqwest::Method::GET, path);
        request.send().await.unwrap()
    };
    let instance = other.get("/v1/instance").await.text_at("/id");
    for (path, expected) in [
        ("/.well-known/jwks.json".to_owned(), own),
        (format!("/instances/{instance}/.well-known/jwks.json"), foreign),
    ] {
        let answer = open(&path).await;
        assert_eq!(answer.headers()["cache-control"], "public, max-age=60");
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.json::<serde_json::Value>().await.unwrap(), expected, "{path}");
    }
    assert_eq!(open("/instances/ins_none/.well-known/jwks.json").await.status(), 404);
}

#[tokio::test]
async fn keys_stay_after_a_restart_and_are_encrypted_at_rest() {
    let server = TestServer::start().await;
    let http = server.http();
    let session = sign_in(&http, &http.anybody().await).await;
    let keys = http.get("/v1/jwks").await.ok();
    let server_key = server.data().join("server-key");
    let mode = std::fs::metadata(&server_key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let server = server.restart().await;
    let http = server.http();
    assert_eq!(http.get("/v1/jwks").await.ok(), keys);
    let tokens = format!("{}/tokens", path(&session));
    verified(&keys, &http.post(&tokens, json!({})).await.text_at("/jwt"));

    // Without the server key there is no token, and no word of it to the client.
    std::fs::remove_file(&server_key).unwrap();
    let server = server.restart().await;
    let http = server.http();
    let refused = http.post(&tokens, json!({})).await;
    assert_eq!(refused.faults(), ["503 service_unavailable"]);
    assert_eq!(http.get("/v1/jwks").await.ok(), keys);
    assert!(!server_key.exists(), "a key that opens nothing was made");
}

#[tokio::test]
async fn of_many_first_requests_all_get_the_same_key() {
    let server = TestServer::start().await;
    let http = server.http();

    let calls = (0..20).map(|_| {
        let http = http.clone();
        tokio::spawn(async move { http.get("/v1/jwks").await.ok() })
    });
    let mut seen = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        seen.push(call.await.unwrap());
    }

    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
}
