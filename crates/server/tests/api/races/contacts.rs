//! Names that only one can have, asked for at once.

use guildhall_testing::Http;
use serde_json::{Value, json};

use super::{CALLS, Servers, assert_outcomes, at_once};

#[tokio::test(flavor = "multi_thread")]
async fn one_slug_goes_to_one_organization() {
    let servers = Servers::start().await;
    let http = servers.http();

    let answers = at_once(
        &servers,
        (0..CALLS).map(|call| {
            let body = json!({ "name": format!("Acme {call}"), "slug": "acme" });
            move |http: Http| async move { http.post("/v1/organizations", body).await }
        }),
    )
    .await;

    assert_outcomes(&answers, &[("200", 1), ("422 form_identifier_exists slug", CALLS - 1)]);
    let owner = answers.iter().find(|answer| answer.status == 200).expect("one has it");
    assert_eq!(http.get("/v1/organizations/acme").await.ok()["id"], owner.body["id"]);
    assert_eq!(http.get("/v1/organizations").await.ok()["total_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_names_get_different_slugs() {
    let servers = Servers::start().await;

    let answers =
        at_once(
            &servers,
            (0..CALLS).map(|_| {
                |http: Http| async move {
                    http.post("/v1/organizations", json!({ "name": "Acme" })).await
                }
            }),
        )
        .await;

    assert_outcomes(&answers, &[("200", CALLS)]);
    let mut slugs: Vec<_> = answers.iter().map(|answer| answer.text_at("/slug")).collect();
    slugs.sort_unstable();
    slugs.dedup();
    assert_eq!(slugs.len(), CALLS);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_slug_goes_to_one_organization_when_renamed() {
    let servers = Servers::start().await;
    let http = servers.http();
    let mut organizations = Vec::new();
    for _ in 0..CALLS {
        organizations.push(http.organization(json!({ "name": "Acme" })).await);
    }

    let answers = at_once(
        &servers,
        organizations.into_iter().map(|organization| {
            let path = format!("/v1/organizations/{organization}");
            move |http: Http| async move { http.patch(&path, json!({ "slug": "wanted" })).await }
        }),
    )
    .await;

    assert_outcomes(&answers, &[("200", 1), ("422 form_identifier_exists slug", CALLS - 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_email_address_goes_to_one_user() {
    let servers = Servers::start().await;
    let http = servers.http();
    let spellings = ["Ada@bücher.example", "ada@xn--bcher-kva.example", "ADA@BÜCHER.example"];

    let answers = create_users(&servers, |call| {
        json!({ "email_address": [spellings[call % 3], format!("other{call}@example.com")] })
    })
    .await;

    let taken = "422 form_identifier_exists email_address";
    assert_outcomes(&answers, &[("200", 1), (taken, CALLS - 1)]);
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 1);
    let found = http.get("/v1/users?email_address=ada@xn--bcher-kva.example").await.ok();
    let owner = answers.iter().find(|answer| answer.status == 200).expect("one has it");
    // Each server leads to pictures at its own address.
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert_eq!(found[0]["email_addresses"], owner.body["email_addresses"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_username_goes_to_one_user() {
    let servers = Servers::start().await;
    let http = servers.http();

    let answers = create_users(
        &servers,
        |call| json!({ "username": if call % 2 == 0 { "Ada" } else { "aDA" } }),
    )
    .await;

    assert_outcomes(&answers, &[("200", 1), ("422 form_identifier_exists username", CALLS - 1)]);
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_can_be_taken_by_one_while_its_owner_is_deleted() {
    let servers = Servers::start().await;
    let http = servers.http();
    let owner = http.user(json!({ "email_address": ["ada@example.com"] })).await;

    let answers = at_once(
        &servers,
        (0..CALLS).map(|call| {
            let owner = format!("/v1/users/{owner}");
            move |http: Http| async move {
                if call == 10 {
                    http.delete(&owner).await
                } else {
                    http.post("/v1/users", json!({ "email_address": ["ada@example.com"] })).await
                }
            }
        }),
    )
    .await;

    let taken =
        answers.iter().enumerate().filter(|(call, answer)| *call != 10 && answer.status == 200);
    let taken = taken.count();
    assert_eq!(answers[10].status, 200);
    assert!(taken <= 1, "{taken} users have the address");
    let found = http.get("/v1/users?email_address=ada@example.com").await.ok();
    assert_eq!(found.as_array().map(Vec::len), Some(taken));
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], taken);
}

async fn create_users(
    servers: &Servers,
    fields: impl Fn(usize) -> Value,
) -> Vec<guildhall_testing::Answer> {
    let calls = (0..CALLS).map(|call| {
        let fields = fields(call);
        move |http: Http| async move { http.post("/v1/users", fields).await }
    });
    at_once(servers, calls).await
}
