//! What clients send besides what they mean, and is taken.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Stage;

#[tokio::test]
async fn delete_membership_takes_a_body_of_null() {
    let stage = Stage::set().await;
    let path = stage.membership(&stage.member);
    let request = stage.http.request(Method::DELETE, &path);

    let deleted = stage.http.send(request.json(&Value::Null)).await.ok();

    assert_eq!(deleted["public_user_data"]["user_id"], json!(stage.member));
}

#[tokio::test]
async fn delete_membership_takes_a_chunked_body_of_null() {
    let stage = Stage::set().await;
    let path = stage.membership(&stage.member);

    let (status, deleted) = chunked(&stage, &Method::DELETE, &path, "null").await;

    assert_eq!(status, 200, "{deleted}");
    assert_eq!(deleted["public_user_data"]["user_id"], json!(stage.member));
}

#[tokio::test]
async fn delete_membership_takes_a_content_type_without_a_body() {
    let stage = Stage::set().await;
    let path = stage.membership(&stage.member);
    let headers = [("Content-Type", "application/json"), ("Content-Length", "0")];

    let (status, deleted) = exchange(&stage, &Method::DELETE, &path, &headers, b"").await;

    assert_eq!(status, 200, "{deleted}");
}

#[tokio::test]
async fn a_get_takes_a_content_type_without_a_body() {
    let stage = Stage::set().await;
    let request = stage.http.request(Method::GET, &stage.memberships());

    let page = stage.http.send(request.header("Content-Type", "application/json")).await.ok();

    assert_eq!(page["total_count"], 2);
}

#[tokio::test]
async fn create_membership_takes_a_chunked_body() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let body = json!({ "user_id": user, "role": "org:member" }).to_string();

    let (status, created) = chunked(&stage, &Method::POST, &stage.memberships(), &body).await;

    assert_eq!(status, 200, "{created}");
    assert_eq!(created["public_user_data"]["user_id"], json!(user));
}

#[tokio::test]
async fn update_membership_takes_a_chunked_body() {
    let stage = Stage::set().await;
    let path = stage.membership(&stage.member);

    let (status, updated) =
        chunked(&stage, &Method::PATCH, &path, r#"{"role": "org:admin"}"#).await;

    assert_eq!(status, 200, "{updated}");
    assert_eq!(updated["role"], "org:admin");
}

#[tokio::test]
async fn create_membership_takes_a_body_without_a_content_type() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let body = json!({ "user_id": user, "role": "org:member" }).to_string();
    let request = stage.http.request(Method::POST, &stage.memberships());

    let created = stage.http.send(request.body(body)).await.ok();

    assert_eq!(created["public_user_data"]["user_id"], json!(user));
}

#[tokio::test]
async fn create_membership_takes_a_content_type_with_a_charset() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let body = json!({ "user_id": user, "role": "org:member" }).to_string();
    let request = stage.http.request(Method::POST, &stage.memberships());
    let request = request.header("Content-Type", "application/json; charset=utf-8");

    let created = stage.http.send(request.body(body)).await.ok();

    assert_eq!(created["public_user_data"]["user_id"], json!(user));
}

#[tokio::test]
async fn update_metadata_takes_no_body_at_all() {
    let stage = Stage::set().await;
    let before = stage.read(&stage.member).await;
    let path = format!("{}/metadata", stage.membership(&stage.member));

    let with_type = stage.http.request(Method::PATCH, &path);
    let with_type = with_type.header("Content-Type", "application/json");
    let bare = stage.http.send(stage.http.request(Method::PATCH, &path)).await.ok();
    let typed = stage.http.send(with_type).await.ok();
    let null = stage.http.patch(&path, Value::Null).await.ok();

    assert_eq!([bare, typed, null], [before.clone(), before.clone(), before]);
}

#[tokio::test]
async fn a_filter_takes_escaped_signs_in_its_value() {
    let stage = Stage::set().await;
    let user = stage.http.user(json!({ "email_address": ["ada+x@example.com"] })).await;
    stage.http.join(&stage.organization, &user, "org:member").await;
    let filters = "email_address=ada%2Bx%40example.com&role=org%3Amember&order_by=%2Bcreated_at";

    let page = stage.http.get(&format!("{}?{filters}", stage.memberships())).await.ok();

    assert_eq!(page["total_count"], 1);
    assert_eq!(page["data"][0]["public_user_data"]["user_id"], json!(user));
}

#[tokio::test]
async fn an_idempotency_key_is_ignored() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let body = json!({ "user_id": user, "role": "org:member" });
    let request = stage.request(Method::POST, &stage.memberships(), &body);

    stage.http.send(request.header("Idempotency-Key", "1")).await.ok();

    stage.read(&user).await;
}

/// Sends a body in chunks of at most seven bytes; gives the status and the body of the answer.
async fn chunked(stage: &Stage, method: &Method, path: &str, body: &str) -> (u16, Value) {
    let mut chunks = Vec::new();
    for chunk in body.as_bytes().chunks(7) {
        chunks.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        chunks.extend(chunk);
        chunks.extend(b"\r\n");
    }
    chunks.extend(b"0\r\n\r\n");
    let headers = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")];
    exchange(stage, method, path, &headers, &chunks).await
}

/// Sends a request as it is written here, on a connection of its own; gives the status and the
/// body of the answer.
pub(super) async fn exchange(
    stage: &Stage,
    method: &Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> (u16, Value) {
    let address = stage.server.base_url().trim_start_matches("http://");
    let key = stage.http.secret_key();
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n"
    );
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let mut connection = TcpStream::connect(address).await.expect("the server listens");
    connection.write_all(request.as_bytes()).await.expect("the server reads");
    connection.write_all(body).await.expect("the server reads");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("the server answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = serde_json::from_str(body).expect("a body that is JSON");
    (status.expect("a status"), body)
}
