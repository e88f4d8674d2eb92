//! Organizations and their role sets: which roles members may get.

use guildhall_testing::{Http, TestServer};
use serde_json::json;

use super::{PATH, give, role_of, role_set};

/// An organization of a set, with a creator; gives both ids.
async fn organization_of(http: &Http, key: &str) -> (String, String) {
    let creator = http.anybody().await;
    let fields = json!({ "name": "Acme", "created_by": creator, "role_set_key": key });
    (http.organization(fields).await, creator)
}

#[tokio::test]
async fn members_get_roles_of_the_set_of_their_organization_alone() {
    let server = TestServer::start().await;
    let http = server.http();
    http.role("org:editor", &[]).await;
    role_set(&http, "role_set:pro", &["org:admin", "org:editor"]).await;
    let (organization, creator) = organization_of(&http, "role_set:pro").await;
    let path = format!("/v1/organizations/{organization}/memberships");
    let user = http.anybody().await;

    let outside = http.post(&path, json!({ "user_id": user, "role": "org:member" })).await;
    let inside = http.post(&path, json!({ "user_id": user, "role": "org:editor" })).await;
    let moved = give(&http, &organization, &user, "org:member").await;

    assert_eq!(outside.faults(), ["404 resource_not_found role"]);
    assert_eq!(inside.ok()["role"], "org:editor");
    assert_eq!(moved.faults(), ["404 resource_not_found role"]);
    assert_eq!(role_of(&http, &organization, &creator).await, "org:admin");
    http.post(&format!("{PATH}/role_set:pro/roles"), json!({ "role_keys": ["org:member"] }))
        .await
        .ok();
    assert_eq!(give(&http, &organization, &user, "org:member").await.ok()["role"], "org:member");
}

#[tokio::test]
async fn a_new_role_is_in_the_initial_set_only_where_that_is_asked_for() {
    let server = TestServer::start().await;
    let http = server.http();
    let make = async |key: &str, included: serde_json::Value| {
        let fields = json!({ "name": key, "key": key, "include_in_initial_role_set": included });
        http.post("/v1/organization_roles", fields).await.ok();
    };
    make("org:in", json!(true)).await;
    make("org:out", json!(false)).await;
    make("org:null", json!(null)).await;
    let (organization, _) = http.organization_with_admin().await;
    let user = http.member(&organization).await;

    assert_eq!(give(&http, &organization, &user, "org:in").await.ok()["role"], "org:in");
    for role in ["org:out", "org:null"] {
        let refused = give(&http, &organization, &user, role).await;
        assert_eq!(refused.faults(), ["404 resource_not_found role"]);
    }
}

#[tokio::test]
async fn the_set_of_an_organization_is_told_and_can_be_changed() {
    let server = TestServer::start().await;
    let http = server.http();
    role_set(&http, "role_set:pro", &["org:admin"]).await;
    let (organization, _) = http.organization_with_admin().await;
    let path = format!("/v1/organizations/{organization}");
    let member = http.member(&organization).await;
    let move_it = json!({ "role_set_key": "role_set:pro", "name": "New" });

    let refused = http.patch(&path, move_it.clone()).await;
    assert_eq!(refused.faults(), ["422 organization_role_on_set_assigned_to_user role_set_key"]);
    assert!(refused.body.to_string().contains("org:member"), "{refused:?}");
    assert_eq!(http.get(&path).await.ok()["name"], "Acme");
    give(&http, &organization, &member, "org:admin").await.ok();
    let moved = http.patch(&path, move_it.clone()).await.ok();

    assert_eq!(moved["role_set_key"], "role_set:pro");
    let memberships = http.get(&format!("{path}/memberships")).await.ok();
    assert_eq!(memberships["data"][0]["organization"]["role_set_key"], "role_set:pro");
    assert_eq!(http.get(&path).await.ok(), moved);
    assert_eq!(http.patch(&path, move_it).await.ok(), moved);
    assert_eq!(http.patch(&path, json!({ "role_set_key": null })).await.ok(), moved);
    let set = http.get(&format!("{PATH}/role_set:pro")).await.ok();
    assert_eq!(set["roles"][0]["members_count"], 2);
    assert_eq!(set["roles"][0]["has_members"], true);
}

#[tokio::test]
async fn an_organization_is_given_a_set_that_exists_by_its_key() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = role_set(&http, "role_set:pro", &["org:admin"]).await["id"].clone();
    let (organization, _) = http.organization_with_admin().await;

    for key in [json!("role_set:none"), id] {
        let fields = json!({ "name": "B", "role_set_key": key });
        let created = http.post("/v1/organizations", fields.clone()).await;
        let updated = http.patch(&format!("/v1/organizations/{organization}"), fields).await;
        assert_eq!(created.faults(), ["404 resource_not_found role_set_key"]);
        assert_eq!(updated.faults(), ["404 resource_not_found role_set_key"]);
    }
    assert_eq!(http.get("/v1/organizations").await.ok()["total_count"], 1);
}
