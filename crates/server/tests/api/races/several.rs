//! What only several servers on one database of PostgreSQL can get wrong.

use std::collections::BTreeSet;

use guildhall_store::KeyOrigin;
use guildhall_testing::{Http, TestDatabase, TestServer};
use serde_json::{Map, Value, json};

use super::{Servers, assert_all, assert_outcomes, at_once, consistent, outcomes};

/// How often one server writes and another reads.
const READS: usize = 300;

/// Several servers, or nothing where there is no PostgreSQL.
async fn several() -> Option<Servers> {
    let database = TestDatabase::create_or_skip().await?;
    Some(Servers::start_on(Some(database)).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_calls_that_add_a_user_one_does() {
    let Some(servers) = several().await else { return };
    let http = servers.http();
    let (organization, _) = http.organization_with_admin().await;
    let user = http.anybody().await;

    let answers = at_once(
        &servers,
        (0..1000).map(|_| {
            let path = format!("/v1/organizations/{organization}/memberships");
            let body = json!({ "user_id": user, "role": "org:member" });
            move |http: Http| async move { http.post(&path, body).await }
        }),
    )
    .await;

    assert_outcomes(&answers, &[("200", 1), ("400 already_a_member_in_organization", 999)]);
    assert_eq!(consistent(&http, &organization).await.len(), 2);
    assert_all(&http, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_calls_fill_an_organization_to_its_limit() {
    let Some(servers) = several().await else { return };
    let http = servers.http();
    let fields = json!({ "name": "Acme", "max_allowed_memberships": 7 });
    let organization = http.organization(fields).await;
    let mut users = Vec::new();
    for _ in 0..300 {
        users.push(http.anybody().await);
    }

    let answers = at_once(
        &servers,
        users.into_iter().map(|user| {
            let path = format!("/v1/organizations/{organization}/memberships");
            let body = json!({ "user_id": user, "role": "org:member" });
            move |http: Http| async move { http.post(&path, body).await }
        }),
    )
    .await;

    let full = "403 organization_membership_quota_exceeded";
    assert_outcomes(&answers, &[("200", 7), (full, 293)]);
    assert_eq!(consistent(&http, &organization).await.len(), 7);
    assert_all(&http, 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_into_users_and_organizations_all_survive() {
    let Some(servers) = several().await else { return };
    let http = servers.http();
    let (organization, user) = http.organization_with_admin().await;
    let paths = [format!("/v1/users/{user}"), format!("/v1/organizations/{organization}")];

    let answers = at_once(
        &servers,
        (0..120).map(|call| {
            let path = format!("{}/metadata", paths[call % 2]);
            let body = json!({ "public_metadata": { format!("key{}", call / 2): call / 2 } });
            move |http: Http| async move { http.patch(&path, body).await }
        }),
    )
    .await;

    assert_outcomes(&answers, &[("200", 120)]);
    let expected: Map<String, Value> = (0..60).map(|n| (format!("key{n}"), json!(n))).collect();
    for path in paths {
        assert_eq!(http.get(&path).await.ok()["public_metadata"], Value::Object(expected.clone()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slug_and_an_address_are_handed_over_to_one() {
    let Some(servers) = several().await else { return };
    let http = servers.http();
    let owner = http.organization(json!({ "name": "Acme", "slug": "acme" })).await;
    let ada = http.user(json!({ "username": "ada" })).await;
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push((http.organization(json!({ "name": "Other" })).await, http.anybody().await));
    }

    let answers = at_once(
        &servers,
        (0..42).map(|call: usize| {
            let (path, body) = match call {
                20 => (format!("/v1/organizations/{owner}"), json!({ "slug": "former" })),
                21 => (format!("/v1/users/{ada}"), json!({ "username": "former" })),
                _ => {
                    // The owners stand in the midst of the others.
                    let (organization, user) = &others[call / 2 - usize::from(call > 21)];
                    match call % 2 {
                        0 => {
                            (format!("/v1/organizations/{organization}"), json!({ "slug": "acme" }))
                        }
                        _ => (format!("/v1/users/{user}"), json!({ "username": "ADA" })),
                    }
                }
            };
            move |http: Http| async move { http.patch(&path, body).await }
        }),
    )
    .await;

    let allowed = ["200", "422 form_identifier_exists slug", "422 form_identifier_exists username"];
    let outcomes = outcomes(&answers);
    assert!(outcomes.keys().all(|outcome| allowed.contains(&outcome.as_str())), "{outcomes:?}");
    assert_eq!((answers[20].status, answers[21].status), (200, 200));
    for turn in 0..2 {
        let takers = answers.iter().enumerate().filter(|(call, answer)| {
            *call % 2 == turn && !matches!(*call, 20 | 21) && answer.status == 200
        });
        assert!(takers.count() <= 1, "two have it");
    }
    let acme = http.get("/v1/organizations/acme").await;
    let named: BTreeSet<_> = answers
        .iter()
        .filter(|answer| answer.status == 200 && answer.body["slug"] == "acme")
        .map(|answer| answer.text_at("/id"))
        .collect();
    match named.first() {
        Some(id) => assert_eq!(acme.ok()["id"], *id),
        None => assert_eq!(acme.status, 404),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_organization_and_its_members_can_be_deleted_at_once() {
    let Some(servers) = several().await else { return };
    let http = servers.http();
    let (elsewhere, _) = http.organization_with_admin().await;
    let organization = http.organization(json!({ "name": "Acme" })).await;
    let mut users = Vec::new();
    while users.len() < 520 {
        let joining = (0..52).map(|_| {
            let (http, organization) = (http.clone(), organization.clone());
            async move { http.member(&organization).await }
        });
        users.extend(joining.collect::<tokio::task::JoinSet<_>>().join_all().await);
    }
    for user in users.iter().take(50) {
        http.join(&elsewhere, user, "org:member").await;
    }

    let answers = at_once(
        &servers,
        (0..60).map(|call| {
            let path = match call {
                30 => format!("/v1/organizations/{organization}"),
                _ => format!("/v1/users/{}", users[call]),
            };
            move |http: Http| async move { http.delete(&path).await }
        }),
    )
    .await;

    assert_outcomes(&answers, &[("200", 60)]);
    // Fifty of the users were there, of which one was not deleted.
    assert_eq!(consistent(&http, &elsewhere).await.len(), 2);
    assert_all(&http, 2).await;
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 520 - 59 + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_revoked_at_one_server_opens_none() {
    let Some(servers) = several().await else { return };
    let [first, others @ ..] = servers.0.as_slice() else { panic!("there are servers") };
    let instance = first.store().instances().await.expect("there are instances").remove(0);

    for _ in 0..20 {
        let key = first.store().create_key(&instance, KeyOrigin::Created).await.expect("a key");
        let status = async |server: &TestServer| {
            let http = server.http();
            let request = http.request_without_key(reqwest::Method::GET, "/v1/users/count");
            http.send(request.bearer_auth(&key.secret_key)).await.status
        };
        for server in others {
            assert_eq!(status(server).await, 200);
        }

        assert!(first.store().revoke_key(&key.id).await.expect("it is revoked"));

        for server in others {
            assert_eq!(status(server).await, 401);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_has_acknowledged_every_other_shows() {
    let Some(servers) = several().await else { return };
    let clients: Vec<Http> = servers.0.iter().map(TestServer::http).collect();
    let (organization, user) = clients[0].organization_with_admin().await;
    let member = format!("/v1/organizations/{organization}/memberships/{user}");
    let list = format!("/v1/organizations/{organization}/memberships");

    for turn in 0..READS {
        let (writer, reader) = (&clients[turn % 3], &clients[(turn + 1) % 3]);
        let metadata = json!({ "public_metadata": { "turn": turn } });
        writer.patch(&format!("{member}/metadata"), metadata).await.ok();

        let page = reader.get(&list).await.ok();

        assert_eq!(page["data"][0]["public_metadata"]["turn"], turn);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_on_an_empty_database_make_one_instance() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let settings = database.settings();

    let starting = (0..4).map(|_| {
        let settings = settings.clone();
        tokio::spawn(TestServer::start_with(|all| {
            all.postgres = Some(settings);
            all.secret_key = Some("sk_test_same_for_all".to_owned().into());
        }))
    });
    let mut servers = Vec::new();
    for server in starting.collect::<Vec<_>>() {
        servers.push(server.await.expect("it starts"));
    }

    let instances = servers[0].store().instances().await.expect("they can be read");
    assert_eq!(instances.len(), 1);
    for server in &servers {
        assert_eq!(server.http().get("/v1/users/count").await.status, 200);
    }
}
