//! Merging metadata at once: no change may be lost.

use guildhall_testing::Http;
use serde_json::{Map, Value, json};

use super::{CALLS, Servers, assert_outcomes, at_once, consistent};

#[tokio::test(flavor = "multi_thread")]
async fn two_merges_of_different_keys_both_survive() {
    let servers = Servers::start().await;
    let http = servers.http();
    let (organization, _) = http.organization_with_admin().await;
    let mut members = Vec::new();
    for _ in 0..60 {
        let user = http.member(&organization).await;
        members.push(format!("/v1/organizations/{organization}/memberships/{user}"));
    }

    let answers = at_once(
        &servers,
        (0..120).map(|call| {
            let path = format!("{}/metadata", members[call / 2]);
            let key = if call % 2 == 0 { "first" } else { "second" };
            let body = json!({ "public_metadata": { key: call, "shared": { key: true } } });
            move |http: Http| async move { http.patch(&path, body).await }
        }),
    )
    .await;

    assert_outcomes(&answers, &[("200", 120)]);
    for (place, member) in members.iter().enumerate() {
        let expected = json!({
            "first": place * 2, "second": place * 2 + 1,
            "shared": { "first": true, "second": true },
        });
        assert_eq!(http.get(member).await.ok()["public_metadata"], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_merges_of_different_keys_all_survive() {
    let servers = Servers::start().await;
    let http = servers.http();
    let (organization, _) = http.organization_with_admin().await;
    let user = http.member(&organization).await;
    let member = format!("/v1/organizations/{organization}/memberships/{user}");

    let answers = at_once(
        &servers,
        (0..CALLS).map(|call| {
            let path = format!("{member}/metadata");
            let key = format!("key{call}");
            let body = json!({
                "public_metadata": { &key: call },
                "private_metadata": { "nested": { &key: { "value": call } } },
            });
            move |http: Http| async move { http.patch(&path, body).await }
        }),
    )
    .await;

    assert_outcomes(&answers, &[("200", CALLS)]);
    let (mut public, mut nested) = (Map::new(), Map::new());
    for call in 0..CALLS {
        public.insert(format!("key{call}"), json!(call));
        nested.insert(format!("key{call}"), json!({ "value": call }));
    }
    let after = http.get(&member).await.ok();
    assert_eq!(after["public_metadata"], Value::Object(public));
    assert_eq!(after["private_metadata"], json!({ "nested": nested }));
    let mut dates: Vec<_> =
        answers.iter().map(|answer| answer.body["updated_at"].as_i64()).collect();
    dates.sort_unstable();
    assert!(dates.is_sorted_by(|a, b| a < b), "two changes have one date");
    assert_eq!(after["updated_at"].as_i64(), dates[CALLS - 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_and_changes_of_roles_do_not_undo_each_other() {
    let servers = Servers::start().await;
    let http = servers.http();
    let (organization, _) = http.organization_with_admin().await;
    let user = http.member(&organization).await;
    let member = format!("/v1/organizations/{organization}/memberships/{user}");

    let answers = at_once(
        &servers,
        (0..CALLS).map(|call| {
            let path = member.clone();
            move |http: Http| async move {
                if call % 10 == 0 {
                    http.patch(&path, json!({ "role": "org:admin" })).await
                } else {
                    let body = json!({ "public_metadata": { format!("key{call}"): call } });
                    http.patch(&format!("{path}/metadata"), body).await
                }
            }
        }),
    )
    .await;

    assert_outcomes(&answers, &[("200", CALLS)]);
    let after = http.get(&member).await.ok();
    assert_eq!(after["role"], "org:admin");
    assert_eq!(after["public_metadata"].as_object().map(Map::len), Some(90));
    consistent(&http, &organization).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_stop_at_the_limit_together_and_keep_what_was_taken() {
    let servers = Servers::start().await;
    let http = servers.http();
    let (organization, _) = http.organization_with_admin().await;
    let user = http.member(&organization).await;
    let member = format!("/v1/organizations/{organization}/memberships/{user}");

    let answers = at_once(
        &servers,
        (0..CALLS).map(|call| {
            let path = format!("{member}/metadata");
            let body = json!({ "public_metadata": { format!("key{call:02}"): "x".repeat(500) } });
            move |http: Http| async move { http.patch(&path, body).await }
        }),
    )
    .await;

    // Each entry takes 510 bytes and a comma: sixteen of them and the braces are 8,177.
    let too_large = "422 form_param_exceeds_allowed_size public_metadata";
    assert_outcomes(&answers, &[("200", 16), (too_large, CALLS - 16)]);
    let after = http.get(&member).await.ok();
    assert_eq!(after["public_metadata"].as_object().map(Map::len), Some(16));
}
