//! Roles that are taken away while they are given.

use guildhall_testing::Http;
use serde_json::{Value, json};

use super::{CALLS, Servers, at_once, outcomes};

/// Of how many calls one takes the role away.
const EACH: usize = 25;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_keeps_a_role_that_was_replaced_while_it_was_given() {
    let servers = Servers::start().await;
    let http = servers.http();
    http.role("org:editor", &[]).await;
    let (organization, _) = http.organization_with_admin().await;
    let path = format!("/v1/organizations/{organization}/memberships");
    let mut users = Vec::new();
    for _ in 0..CALLS {
        users.push(http.member(&organization).await);
    }

    let calls = users.into_iter().enumerate().map(|(number, user)| {
        let member = format!("{path}/{user}");
        move |http: Http| async move {
            if number % EACH == EACH / 2 {
                let fields = json!({ "role_key": "org:editor", "to_role_key": "org:member" });
                let replace = "/v1/role_sets/role_set:default/roles/replace";
                return http.post(replace, fields).await;
            }
            http.patch(&member, json!({ "role": "org:editor" })).await
        }
    });
    let answers = at_once(&servers, calls).await;

    let outcomes = outcomes(&answers);
    let known = ["200", "404 resource_not_found role", "404 resource_not_found role_key"];
    assert!(outcomes.keys().all(|outcome| known.contains(&outcome.as_str())), "{outcomes:?}");
    assert_eq!(outcomes[known[2]], CALLS / EACH - 1);
    let editors = http.get(&format!("{path}?role=org:editor")).await.ok();
    assert_eq!(editors["total_count"], 0);
    let members = http.get(&format!("{path}?role=org:member")).await.ok();
    assert_eq!(members["total_count"], CALLS);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_organization_keeps_a_set_that_was_replaced_while_it_was_given() {
    let servers = Servers::start().await;
    let http = servers.http();
    let fields = json!({
        "name": "Pro", "key": "role_set:pro", "roles": ["org:admin", "org:member"],
        "creator_role_key": "org:admin", "default_role_key": "org:member",
    });
    http.post("/v1/role_sets", fields).await.ok();
    let creator = http.anybody().await;
    let mut organizations = Vec::new();
    for _ in 0..CALLS {
        organizations.push(http.organization(json!({ "name": "Acme" })).await);
    }

    let calls = organizations.into_iter().enumerate().map(|(number, organization)| {
        let creator = creator.clone();
        move |http: Http| async move {
            let pro = json!({ "role_set_key": "role_set:pro" });
            if number == CALLS / 2 {
                let fields = json!({ "dest_role_set_key": "role_set:default" });
                return http.post("/v1/role_sets/role_set:pro/replace", fields).await;
            }
            if number % 2 == 0 {
                return http.patch(&format!("/v1/organizations/{organization}"), pro).await;
            }
            let fields = json!({
                "name": "New", "created_by": creator, "role_set_key": "role_set:pro",
            });
            http.post("/v1/organizations", fields).await
        }
    });
    let answers = at_once(&servers, calls).await;

    let outcomes = outcomes(&answers);
    let known = [
        "200",
        "404 resource_not_found role_set_key",
        "409 role_migration_in_progress role_set_key",
    ];
    assert!(outcomes.keys().all(|outcome| known.contains(&outcome.as_str())), "{outcomes:?}");
    let sets = http.get("/v1/role_sets").await.ok();
    assert_eq!(sets["total_count"], 1);
    let all = http.get("/v1/organizations?limit=500").await.ok();
    let rows = all["data"].as_array().expect("a list");
    let key = |row: &Value| row["role_set_key"].as_str().map(str::to_owned);
    assert!(rows.iter().all(|row| key(row).as_deref() == Some("role_set:default")), "{rows:?}");
}
