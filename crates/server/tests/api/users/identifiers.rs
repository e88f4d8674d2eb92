//! What only one user can have: addresses, numbers, wallets, usernames, external ids.

use guildhall_testing::{Http, TestServer};
use serde_json::{Value, json};

const WALLET: &str = "0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae";

/// Each identifier as a field, twice in spellings that are one.
fn identifiers() -> [(&'static str, Value, Value); 5] {
    [
        ("email_address", json!(["Pat@Example.com"]), json!(["other@x.io", "pat@example.COM"])),
        ("phone_number", json!(["+15555550100"]), json!(["+1 (555) 555-0100"])),
        ("web3_wallet", json!([WALLET]), json!(["0xDe0B295669a9FD93d5F28D9Ec85E40f4cb697BAe"])),
        ("username", json!("Pat_1"), json!("pAT_1")),
        ("external_id", json!("ext-1"), json!("ext-1")),
    ]
}

#[tokio::test]
async fn an_identifier_that_is_taken_is_refused_with_its_name() {
    let server = TestServer::start().await;
    let http = server.http();

    for (name, first, second) in identifiers() {
        http.user(json!({ name: first })).await;
        let answer = http.post("/v1/users", json!({ name: second })).await;

        assert_eq!(answer.faults(), [format!("422 form_identifier_exists {name}")]);
    }
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 5);
}

#[tokio::test]
async fn every_identifier_that_is_taken_is_told() {
    let server = TestServer::start().await;
    let http = server.http();
    let fields = |pick: fn((&'static str, Value, Value)) -> (&'static str, Value)| {
        let fields = identifiers().map(pick).map(|(name, value)| (name.to_owned(), value));
        Value::Object(fields.into_iter().collect())
    };
    http.user(fields(|(name, first, _)| (name, first))).await;

    let mut faults =
        http.post("/v1/users", fields(|(name, _, second)| (name, second))).await.faults();

    faults.sort();
    let names = ["email_address", "external_id", "phone_number", "username", "web3_wallet"];
    assert_eq!(faults, names.map(|name| format!("422 form_identifier_exists {name}")));
}

#[tokio::test]
async fn an_identifier_is_free_after_its_user_was_deleted() {
    let server = TestServer::start().await;
    let http = server.http();

    for (name, first, second) in identifiers() {
        let old = http.user(json!({ name: first })).await;
        http.delete(&format!("/v1/users/{old}")).await.ok();
        let new = http.user(json!({ name: second })).await;

        assert_ne!(new, old);
        assert_eq!(http.get(&format!("/v1/users/{old}")).await.status, 404);
    }
}

#[tokio::test]
async fn nothing_of_a_deleted_user_shows_under_its_address_again() {
    let server = TestServer::start().await;
    let http = server.http();
    let organization = http.organization(json!({ "name": "A" })).await;
    let fields = json!({ "email_address": ["pat@example.com"], "public_metadata": { "old": 1 } });
    let old = http.user(fields).await;
    http.join(&organization, &old, "org:admin").await;
    http.delete(&format!("/v1/users/{old}")).await.ok();

    let new = http.user(json!({ "email_address": ["pat@example.com"] })).await;

    let found = http.get("/v1/users?email_address=pat@example.com").await.ok();
    assert_eq!((&found[0]["id"], &found[1]), (&json!(new), &Value::Null));
    assert_eq!(found[0]["public_metadata"], json!({}));
    let memberships = http.get(&format!("/v1/users/{new}/organization_memberships")).await.ok();
    assert_eq!(memberships["total_count"], 0);
}

#[tokio::test]
async fn an_identifier_given_up_by_an_update_is_free() {
    let server = TestServer::start().await;
    let http = server.http();
    let first = http.user(json!({ "username": "pat", "external_id": "1" })).await;

    let change = json!({ "username": "sam", "external_id": null });
    http.patch(&format!("/v1/users/{first}"), change).await.ok();
    let second = http.user(json!({ "username": "pat", "external_id": "1" })).await;

    assert_eq!(http.get("/v1/users?username=pat").await.ids(), [second]);
    assert_eq!(http.get("/v1/users?username=sam").await.ids(), [first]);
}

#[tokio::test]
async fn an_update_to_an_identifier_of_somebody_else_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    http.user(json!({ "username": "pat", "external_id": "1" })).await;
    let second = http.user(json!({ "username": "sam", "external_id": "2" })).await;
    let path = format!("/v1/users/{second}");
    let before = http.get(&path).await.ok();

    let both = http.patch(&path, json!({ "username": "PAT", "external_id": "1" })).await;

    let mut faults = both.faults();
    faults.sort();
    let expected =
        ["422 form_identifier_exists external_id", "422 form_identifier_exists username"];
    assert_eq!(faults, expected);
    assert_eq!(http.get(&path).await.ok(), before);
}

#[tokio::test]
async fn a_user_may_be_given_the_identifiers_it_has() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.user(json!({ "username": "pat", "external_id": "1" })).await;
    let path = format!("/v1/users/{id}");
    let before = http.get(&path).await.ok();

    let same = http.patch(&path, json!({ "username": "pat", "external_id": "1" })).await.ok();
    let other_case = http.patch(&path, json!({ "username": "Pat" })).await.ok();

    assert_eq!(same, before);
    assert_eq!(other_case["username"], "Pat");
    assert_eq!(http.get("/v1/users?username=pAT").await.ids(), [id]);
}

#[tokio::test]
async fn the_same_address_twice_in_one_request_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();

    for (name, values) in [
        ("email_address", json!(["pat@example.com", "PAT@example.com"])),
        ("phone_number", json!(["+15555550100", "+1 555 555 0100"])),
        ("web3_wallet", json!([WALLET, WALLET])),
    ] {
        let answer = http.post("/v1/users", json!({ name: values })).await;
        assert_eq!(answer.faults(), [format!("422 form_param_duplicate {name}")]);
    }
}

#[tokio::test]
async fn what_is_no_address_number_wallet_or_username_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();

    for (name, value, code) in [
        ("email_address", json!(["nobody"]), "form_param_format_invalid"),
        ("email_address", json!([""]), "form_param_format_invalid"),
        ("email_address", json!(["a\0@example.com"]), "form_param_value_invalid"),
        ("phone_number", json!(["5555550100"]), "form_param_format_invalid"),
        ("web3_wallet", json!(["0x12"]), "form_param_format_invalid"),
        ("username", json!("a b"), "form_username_invalid_character"),
        ("username", json!(""), "form_username_invalid_length"),
        ("username", json!("x".repeat(65)), "form_username_invalid_length"),
        ("external_id", json!(""), "form_param_value_invalid"),
        ("external_id", json!("x".repeat(257)), "form_param_max_length_exceeded"),
    ] {
        let answer = http.post("/v1/users", json!({ name: value })).await;
        assert_eq!(answer.faults(), [format!("422 {code} {name}")], "{value}");
    }
}

#[tokio::test]
async fn one_mailbox_has_one_user_however_its_domain_is_spelled() {
    let server = TestServer::start().await;
    let spellings =
        ["pat@bücher.example", "pat@xn--bcher-kva.example", "pat@bu\u{308}cher.example"];

    for first in spellings {
        let http = server.another_instance().await;
        let id = http.user(json!({ "email_address": [first] })).await;

        for other in spellings {
            let answer = http.post("/v1/users", json!({ "email_address": [other] })).await;
            assert_eq!(answer.faults(), ["422 form_identifier_exists email_address"], "{other}");
            assert_eq!(
                found(&http, "email_address", other).await,
                std::slice::from_ref(&id),
                "{other}"
            );
        }
        assert_eq!(http.get(&format!("/v1/users/{id}")).await.text_at(ADDRESS), first);
    }
}

const ADDRESS: &str = "/email_addresses/0/email_address";

async fn found(http: &Http, filter: &str, value: &str) -> Vec<String> {
    let request = http.request(reqwest::Method::GET, "/v1/users").query(&[(filter, value)]);
    http.send(request).await.ids()
}

#[tokio::test]
async fn a_part_of_an_international_domain_is_found_as_it_was_given() {
    let server = TestServer::start().await;
    let http = server.http();
    let unicode = http.user(json!({ "email_address": ["pat@bücher.example"] })).await;
    let punycode = http.user(json!({ "email_address": ["sam@xn--mller-kva.example"] })).await;

    assert_eq!(found(&http, "email_address_query", "BÜCHER").await, [unicode]);
    assert_eq!(found(&http, "email_address_query", "xn--mller").await, [punycode]);
}

#[tokio::test]
async fn a_mailbox_in_other_letters_is_kept_as_given_and_found() {
    let server = TestServer::start().await;
    let http = server.http();

    let created = http.post("/v1/users", json!({ "email_address": ["пат.T@example.com"] })).await;

    assert_eq!(created.text_at(ADDRESS), "пат.T@example.com");
    assert_eq!(found(&http, "email_address", "Пат.t@example.com").await, [created.text_at("/id")]);
}

#[tokio::test]
async fn of_twenty_users_with_one_address_made_at_once_one_is_made() {
    let server = TestServer::start().await;
    let http = server.http();

    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let http = http.reconnected();
        let body = json!({ "email_address": ["pat@example.com"] });
        tasks.spawn(async move { http.post("/v1/users", body).await });
    }
    let mut statuses: Vec<u16> =
        tasks.join_all().await.into_iter().map(|answer| answer.status).collect();

    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1]), (200, 422));
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 1);
}
