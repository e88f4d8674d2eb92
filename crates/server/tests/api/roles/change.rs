//! Changing roles.

use guildhall_testing::TestServer;
use serde_json::{Value, json};

#[tokio::test]
async fn what_is_not_sent_or_null_stays() {
    let server = TestServer::start().await;
    let http = server.http();
    let edit = http.permission("org:posts:edit").await;
    let id = http.role("org:editor", &[&edit]).await;
    let path = format!("/v1/organization_roles/{id}");
    let before = http.get(&path).await.ok();

    let nulls = json!({ "name": null, "key": null, "description": null, "permissions": null });
    assert_eq!(http.patch(&path, json!({})).await.ok(), before);
    assert_eq!(http.patch(&path, nulls).await.ok(), before);
    let renamed = http.patch(&path, json!({ "name": "Author" })).await.ok();

    assert_eq!(renamed["name"], "Author");
    assert_eq!(renamed["key"], "org:editor");
    assert_eq!(renamed["permissions"], before["permissions"]);
    assert!(renamed["updated_at"].as_i64() > before["updated_at"].as_i64());
}

#[tokio::test]
async fn permissions_are_replaced_whole() {
    let server = TestServer::start().await;
    let http = server.http();
    let edit = http.permission("org:posts:edit").await;
    let read = http.permission("org:posts:read").await;
    let id = http.role("org:editor", &[&edit]).await;
    let path = format!("/v1/organization_roles/{id}");

    let role = http.patch(&path, json!({ "permissions": [read, read] })).await.ok();
    let keys: Vec<&Value> =
        role["permissions"].as_array().unwrap().iter().map(|one| &one["key"]).collect();
    assert_eq!(keys, ["org:posts:read"]);

    let role = http.patch(&path, json!({ "permissions": [] })).await.ok();
    assert_eq!(role["permissions"], json!([]));
}

#[tokio::test]
async fn a_role_may_be_given_the_key_it_has_and_no_other_one_that_is_taken() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.role("org:editor", &[]).await;
    let path = format!("/v1/organization_roles/{id}");

    http.patch(&path, json!({ "key": "org:editor" })).await.ok();
    let taken = http.patch(&path, json!({ "key": "org:member" })).await;

    assert_eq!(taken.faults(), ["422 form_identifier_exists key"]);
    assert_eq!(http.get(&path).await.ok()["key"], "org:editor");
}

#[tokio::test]
async fn the_creator_role_keeps_the_minimum_permissions() {
    let server = TestServer::start().await;
    let http = server.http();
    let admin = http.id_of_key("roles", "org:admin").await;
    let path = format!("/v1/organization_roles/{admin}");
    let before = http.get(&path).await.ok();
    let manage = http.id_of_key("permissions", "org:sys_memberships:manage").await;

    let emptied = http.patch(&path, json!({ "permissions": [] })).await;
    let removed = http.delete(&format!("{path}/permissions/{manage}")).await;

    for refused in [emptied, removed] {
        assert_eq!(refused.faults(), ["422 organization_missing_creator_role_permissions"]);
        assert!(refused.text.contains("org:sys_profile:delete"), "{refused:?}");
    }
    assert_eq!(http.get(&path).await.ok(), before);
}

#[tokio::test]
async fn an_unknown_role_is_not_found_whatever_is_sent() {
    let server = TestServer::start().await;
    let http = server.http();
    let path = "/v1/organization_roles/role_none";

    for answer in [
        http.get(path).await,
        http.patch(path, json!({ "name": "X" })).await,
        http.patch(path, json!({ "name": 5 })).await,
        http.delete(path).await,
        http.post(&format!("{path}/permissions/perm_none"), json!({})).await,
        http.delete(&format!("{path}/permissions/perm_none")).await,
    ] {
        assert_eq!(answer.faults(), ["404 resource_not_found"], "{answer:?}");
    }
}
