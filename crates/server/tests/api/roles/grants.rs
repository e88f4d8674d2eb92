//! Assigning permissions to roles, and taking them away.

use guildhall_testing::TestServer;
use serde_json::json;

#[tokio::test]
async fn a_permission_is_assigned_once_and_removed_once() {
    let server = TestServer::start().await;
    let http = server.http();
    let edit = http.permission("org:posts:edit").await;
    let id = http.role("org:editor", &[]).await;
    let role = format!("/v1/organization_roles/{id}");
    let grant = format!("{role}/permissions/{edit}");
    let empty = http.request(reqwest::Method::POST, &grant);

    let assigned = http.send(empty).await.ok();
    let again = http.post(&grant, json!({})).await;
    assert_eq!(assigned["permissions"][0]["id"], edit);
    assert_eq!(again.faults(), ["409 organization_role_permission_association_exists"]);
    assert_eq!(http.get(&role).await.ok(), assigned);

    let removed = http.delete(&grant).await.ok();
    let again = http.delete(&grant).await;
    assert_eq!(removed["permissions"], json!([]));
    assert!(removed["updated_at"].as_i64() > assigned["updated_at"].as_i64());
    assert_eq!(again.faults(), ["404 organization_role_permission_association_not_found"]);
}

#[tokio::test]
async fn a_role_is_creator_eligible_while_it_grants_the_minimum() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.role("org:owner", &[]).await;
    let role = format!("/v1/organization_roles/{id}");

    let mut eligible = Vec::new();
    for key in ["org:sys_memberships:manage", "org:sys_memberships:read", "org:sys_profile:delete"]
    {
        let permission = http.id_of_key("permissions", key).await;
        let view = http.post(&format!("{role}/permissions/{permission}"), json!({})).await.ok();
        eligible.push(view["is_creator_eligible"].clone());
    }

    assert_eq!(eligible, [false, false, true]);
}

#[tokio::test]
async fn an_unknown_permission_is_not_found() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.role("org:editor", &[]).await;
    let path = format!("/v1/organization_roles/{id}/permissions/perm_none");

    for answer in [http.post(&path, json!({})).await, http.delete(&path).await] {
        assert_eq!(answer.faults(), ["404 resource_not_found"]);
        assert!(answer.text.contains("Organization permission not found"), "{answer:?}");
    }
}
