//! Which calls are sent again, seen from the server.

use std::time::{Duration, Instant};

use guildhall_sdk::{
    CheckQuestion, CreateOrganizationMembership, Error, UpdateOrganizationMembership,
};
use serde_json::json;

use crate::loopback::{Answer, Loopback, membership, page};

fn later(status: u16) -> Answer {
    Answer::with_headers(status, &[("Retry-After", "0")], "")
}

fn new_member() -> CreateOrganizationMembership {
    CreateOrganizationMembership::new("user_1", "org:member")
}

#[tokio::test]
async fn a_creation_is_sent_again_after_a_limit() {
    let answers = vec![later(429), later(429), Answer::json(200, &membership(1))];
    let server = Loopback::scripted(answers).await;

    let client = server.client();
    let created = client.organization_memberships().create("org_1", &new_member()).await;

    assert_eq!(created.unwrap().id.as_str(), "orgmem_1");
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.body == requests[0].body));
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_not_repeated() {
    for answer in [Answer::Close, later(503), later(500), later(502)] {
        let server = Loopback::scripted(vec![answer]).await;

        let client = server.client();
        client.organization_memberships().create("org_1", &new_member()).await.unwrap_err();

        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_removal_whose_answer_is_lost_is_not_repeated() {
    for answer in [Answer::Close, later(503)] {
        let server = Loopback::scripted(vec![answer]).await;

        let client = server.client();
        client.organization_memberships().delete("org_1", "user_1").await.unwrap_err();

        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_change_is_repeated_when_the_server_asks_for_it() {
    let server = Loopback::scripted(vec![later(503), Answer::json(200, &membership(1))]).await;

    let changes = UpdateOrganizationMembership::new("org:member");
    server.client().organization_memberships().update("org_1", "user_1", &changes).await.unwrap();

    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_read_is_repeated_when_its_answer_is_lost() {
    let server = Loopback::scripted(vec![Answer::Close, Answer::json(200, &page([1], 1))]).await;

    let client = server.client();
    let listed = client.organization_memberships().list("org_1", &Default::default()).await;

    assert_eq!(listed.unwrap().total_count, 1);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_check_is_repeated_as_a_read_is() {
    let allowed = json!({ "object": "check_result", "allowed": true });
    let check = json!({ "object": "check", "data": [allowed] });
    let answers = vec![Answer::Close, later(503), Answer::json(200, &check)];
    let server = Loopback::scripted(answers).await;

    let question = CheckQuestion::permission("user_1", "org_1", "org:posts:edit");
    let checked = server.client().check(&[question]).await.unwrap();

    assert!(checked.data[0].allowed);
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|it| it.method == "POST" && it.body == requests[0].body));
}

#[tokio::test]
async fn attempts_end_at_the_number_set() {
    let server = Loopback::answering(|_| later(429)).await;
    let client = server.builder().retries(4).build().unwrap();

    let error = client.users().get("user_1").await.unwrap_err();

    assert_eq!(error.status(), Some(429));
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_wait_beyond_the_timeout_returns_the_error_at_once() {
    let server =
        Loopback::answering(|_| Answer::with_headers(429, &[("Retry-After", "50")], "")).await;

    let started = Instant::now();
    let error = server.client().users().get("user_1").await.unwrap_err();

    assert_eq!(error.retry_after(), Some(Duration::from_secs(50)));
    assert_eq!(server.requests().len(), 1);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", silent.local_addr().unwrap());
    let client = guildhall_sdk::Client::builder("sk_test_silent")
        .base_url(base_url)
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();

    let error = client.users().get("user_1").await.unwrap_err();

    assert!(matches!(error, Error::Transport { .. }), "{error:?}");
}
