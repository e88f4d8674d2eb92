//! Passwords: taken, never told, kept as hashes only.

use guildhall_testing::TestServer;
use serde_json::json;

const PASSWORD: &str = "correct horse battery staple 9";

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_password_is_stored_as_an_argon2_hash_alone() {
    let mut server = TestServer::start().await;
    let http = server.http();
    let id = http.user(json!({ "username": "pat-the-first", "password": PASSWORD })).await;
    let other = "another long password 10";
    http.patch(&format!("/v1/users/{id}"), json!({ "password": other })).await.ok();

    let while_running = server.stored().await;
    server.stop().await;
    let stopped = server.stored().await;

    for bytes in [while_running, stopped] {
        assert!(holds(&bytes, "pat-the-first"), "the user is not stored at all");
        assert!(holds(&bytes, "$argon2id$"));
        assert!(!holds(&bytes, PASSWORD) && !holds(&bytes, other));
    }
}

#[tokio::test]
async fn a_password_is_never_told() {
    let server = TestServer::start().await;
    let http = server.http();

    let created = http.post("/v1/users", json!({ "password": PASSWORD })).await;
    let id = created.text_at("/id");
    let path = format!("/v1/users/{id}");
    let answers = [
        created,
        http.get(&path).await,
        http.get("/v1/users").await,
        http.patch(&path, json!({ "password": PASSWORD })).await,
        http.patch(&path, json!({ "password": PASSWORD, "surprise": 1 })).await,
        http.post("/v1/users", json!({ "password": [PASSWORD], "first_name": 1 })).await,
        http.patch(&format!("{path}/metadata"), json!({ "public_metadata": { "a": 1 } })).await,
        http.delete(&path).await,
    ];

    for answer in answers {
        assert!(!answer.text.contains("argon2"), "{answer:?}");
        assert!(!answer.text.contains("password_hash"), "{answer:?}");
        assert!(!answer.text.contains(PASSWORD), "{answer:?}");
    }
}

#[tokio::test]
async fn a_user_with_a_password_is_told_to_have_one() {
    let server = TestServer::start().await;
    let http = server.http();

    let with = http.post("/v1/users", json!({ "password": PASSWORD })).await.ok();
    let without = http.post("/v1/users", json!({ "skip_password_requirement": true })).await.ok();

    assert_eq!(with["password_enabled"], true);
    assert_eq!(without["password_enabled"], false);
}

#[tokio::test]
async fn a_password_can_be_given_later_and_null_takes_none_away() {
    let server = TestServer::start().await;
    let http = server.http();
    let path = format!("/v1/users/{}", http.anybody().await);

    let given = http.patch(&path, json!({ "password": PASSWORD })).await.ok();
    let kept = http.patch(&path, json!({ "password": null })).await.ok();

    assert_eq!(given["password_enabled"], true);
    assert_eq!(kept, given);
}

#[tokio::test]
async fn a_weak_password_is_taken_only_where_checks_are_skipped() {
    let server = TestServer::start().await;
    let http = server.http();

    let refused = http.post("/v1/users", json!({ "password": "weak" })).await;
    let taken =
        http.post("/v1/users", json!({ "password": "weak", "skip_password_checks": true })).await;
    let none =
        http.post("/v1/users", json!({ "password": "", "skip_password_checks": true })).await;

    assert_eq!(refused.faults(), ["422 form_password_length_too_short password"]);
    assert_eq!(taken.ok()["password_enabled"], true);
    assert_eq!(none.faults(), ["422 form_password_length_too_short password"]);
}

#[tokio::test]
async fn a_password_has_at_most_72_bytes() {
    let server = TestServer::start().await;
    let http = server.http();

    let longest = http.post("/v1/users", json!({ "password": "x".repeat(72) })).await;
    let longer = http.post("/v1/users", json!({ "password": "é".repeat(37) })).await;

    assert_eq!(longest.status, 200);
    assert_eq!(longer.faults(), ["422 form_password_size_in_bytes_exceeded password"]);
}
