//! Deleting users.

use guildhall_testing::TestServer;
use serde_json::json;

#[tokio::test]
async fn a_deletion_tells_what_was_deleted() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.user(json!({ "external_id": "ext" })).await;

    let deleted = http.delete(&format!("/v1/users/{id}")).await.ok();

    assert_eq!(deleted["object"], "user");
    assert_eq!(deleted["id"], json!(id));
    assert_eq!(deleted["external_id"], "ext");
    assert_eq!(deleted["deleted"], true);
}

#[tokio::test]
async fn a_deleted_user_is_gone_from_lists_and_counts() {
    let server = TestServer::start().await;
    let http = server.http();
    let (kept, gone) = (http.anybody().await, http.anybody().await);

    http.delete(&format!("/v1/users/{gone}")).await.ok();

    assert_eq!(http.get("/v1/users").await.ids(), [kept]);
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 1);
    assert_eq!(http.get(&format!("/v1/users?user_id={gone}")).await.ids(), [""; 0]);
    assert_eq!(http.get(&format!("/v1/users/{gone}")).await.faults(), ["404 resource_not_found"]);
    let memberships = http.get(&format!("/v1/users/{gone}/organization_memberships")).await;
    assert_eq!(memberships.status, 404);
}

#[tokio::test]
async fn a_deletion_takes_memberships_along_and_corrects_the_counts() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let mut organizations = Vec::new();
    for name in ["A", "B", "C"] {
        let (organization, _) = http.organization_with_admin().await;
        http.patch(&format!("/v1/organizations/{organization}"), json!({ "name": name }))
            .await
            .ok();
        http.join(&organization, &user, "org:member").await;
        organizations.push(organization);
    }

    http.delete(&format!("/v1/users/{user}")).await.ok();

    for organization in organizations {
        let path = format!("/v1/organizations/{organization}?include_members_count=true");
        assert_eq!(http.get(&path).await.ok()["members_count"], 1);
        let path = format!("/v1/organizations/{organization}/memberships");
        let members = http.get(&path).await.ok();
        assert_eq!(members["total_count"], 1);
        assert_eq!(members["data"].as_array().unwrap().len(), 1);
        let of_user = http.get(&format!("{path}?user_id={user}")).await.ok();
        assert_eq!(of_user, json!({ "data": [], "total_count": 0 }));
    }
    let all = http.get("/v1/organization_memberships").await.ok();
    assert_eq!(all["total_count"], 3);
    let of_user = http.get(&format!("/v1/organizations?user_id={user}")).await.ok();
    assert_eq!(of_user, json!({ "data": [], "total_count": 0 }));
}

#[tokio::test]
async fn deleting_the_only_admin_is_allowed_and_leaves_a_working_organization() {
    let server = TestServer::start().await;
    let http = server.http();
    let (organization, admin) = http.organization_with_admin().await;
    let member = http.member(&organization).await;
    let path = format!("/v1/organizations/{organization}");
    let flags = format!("{path}?include_missing_member_with_elevated_permissions=true");

    http.delete(&format!("/v1/users/{admin}")).await.ok();
    let orphaned = http.get(&flags).await.ok();
    let role = json!({ "role": "org:admin" });
    http.patch(&format!("{path}/memberships/{member}"), role).await.ok();
    let led = http.get(&flags).await.ok();

    assert_eq!(orphaned["missing_member_with_elevated_permissions"], true);
    assert_eq!(led["missing_member_with_elevated_permissions"], false);
    let refused = http.delete(&format!("{path}/memberships/{member}")).await;
    assert_eq!(refused.faults(), ["400 organization_minimum_permissions_needed"]);
    assert_eq!(http.delete(&path).await.status, 200);
}

#[tokio::test]
async fn a_deletion_makes_room_in_a_full_organization() {
    let server = TestServer::start().await;
    let http = server.http();
    let creator = http.anybody().await;
    let fields = json!({ "name": "A", "created_by": creator, "max_allowed_memberships": 2 });
    let organization = http.organization(fields).await;
    let member = http.member(&organization).await;

    http.delete(&format!("/v1/users/{member}")).await.ok();
    http.member(&organization).await;

    let path = format!("/v1/organizations/{organization}/memberships");
    assert_eq!(http.get(&path).await.ok()["total_count"], 2);
}

#[tokio::test]
async fn pages_have_no_gaps_where_users_were_deleted() {
    let server = TestServer::start().await;
    let http = server.http();
    let organization = http.organization(json!({ "name": "A" })).await;
    let mut members = Vec::new();
    for _ in 0..25 {
        members.push(http.member(&organization).await);
    }
    for member in members.drain(13..) {
        http.delete(&format!("/v1/users/{member}")).await.ok();
    }

    let path = format!("/v1/organizations/{organization}/memberships?limit=10");
    for order in
        ["created_at", "first_name", "last_name", "username", "email_address", "phone_number"]
    {
        let first = http.get(&format!("{path}&order_by={order}")).await.ok();
        let second = http.get(&format!("{path}&order_by={order}&offset=10")).await.ok();
        assert_eq!((&first["total_count"], &second["total_count"]), (&json!(13), &json!(13)));
        assert_eq!(first["data"].as_array().unwrap().len(), 10, "{order}");
        assert_eq!(second["data"].as_array().unwrap().len(), 3, "{order}");
    }
    assert_eq!(http.get("/v1/organization_memberships").await.ok()["total_count"], 13);
    let by_role = http.get(&format!("{path}&role=org:member")).await.ok();
    assert_eq!(by_role["total_count"], 13);
}
