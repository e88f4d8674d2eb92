//! Deleting roles.

use guildhall_testing::TestServer;
use serde_json::json;

#[tokio::test]
async fn a_role_that_nobody_has_is_deleted() {
    let server = TestServer::start().await;
    let http = server.http();
    let edit = http.permission("org:posts:edit").await;
    let id = http.role("org:editor", &[&edit]).await;
    let path = format!("/v1/organization_roles/{id}");

    let deleted = http.delete(&path).await.ok();

    assert_eq!(deleted, json!({ "object": "role", "id": id, "deleted": true }));
    assert_eq!(http.get(&path).await.faults(), ["404 resource_not_found"]);
    http.get(&format!("/v1/organization_permissions/{edit}")).await.ok();
    http.role("org:editor", &[]).await;
}

#[tokio::test]
async fn a_role_that_is_the_creator_role_or_that_of_domains_is_not_deleted() {
    let server = TestServer::start().await;
    let http = server.http();

    for (key, code) in [
        ("org:admin", "422 organization_role_default_creator_role"),
        ("org:member", "422 organization_role_domain_default_role"),
    ] {
        let id = http.id_of_key("roles", key).await;
        let refused = http.delete(&format!("/v1/organization_roles/{id}")).await;
        assert_eq!(refused.faults(), [code]);
    }
}

#[tokio::test]
async fn a_role_that_a_member_has_is_not_deleted_before_the_last_one_is_gone() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.role("org:editor", &[]).await;
    let path = format!("/v1/organization_roles/{id}");
    let (organization, _) = http.organization_with_admin().await;
    let [moved, removed] = [http.anybody().await, http.anybody().await];
    for user in [&moved, &removed] {
        http.join(&organization, user, "org:editor").await;
    }
    let member = |user: &str| format!("/v1/organizations/{organization}/memberships/{user}");

    assert_eq!(http.delete(&path).await.faults(), ["422 organization_role_assigned_members"]);
    http.patch(&member(&moved), json!({ "role": "org:member" })).await.ok();
    assert_eq!(http.delete(&path).await.faults(), ["422 organization_role_assigned_members"]);
    http.delete(&member(&removed)).await.ok();
    http.delete(&path).await.ok();

    let left = http.state_of(&organization).await;
    assert_eq!(left["memberships"]["total_count"], 2);
}
