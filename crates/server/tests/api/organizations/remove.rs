//! Deleting organizations.

use guildhall_testing::TestServer;
use serde_json::json;

#[tokio::test]
async fn a_deletion_tells_what_was_deleted() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.organization(json!({ "name": "Acme", "slug": "acme" })).await;

    let deleted = http.delete(&format!("/v1/organizations/{id}")).await.ok();

    let expected = json!({ "object": "organization", "id": id, "slug": "acme", "deleted": true });
    assert_eq!(deleted, expected);
}

#[tokio::test]
async fn a_deleted_organization_is_not_found_by_anything() {
    let server = TestServer::start().await;
    let http = server.http();
    let (id, admin) = http.organization_with_admin().await;
    let path = format!("/v1/organizations/{id}");
    http.delete(&path).await.ok();

    let member = format!("{path}/memberships/{admin}");
    let role = json!({ "role": "org:admin" });
    let join = json!({ "user_id": admin, "role": "org:admin" });
    for answer in [
        http.get(&path).await,
        http.get("/v1/organizations/acme").await,
        http.patch(&path, json!({ "name": "New" })).await,
        http.delete(&path).await,
        http.patch(&format!("{path}/metadata"), json!({})).await,
        http.put(&format!("{path}/metadata"), json!({})).await,
        http.get(&format!("{path}/memberships")).await,
        http.post(&format!("{path}/memberships"), join).await,
        http.get(&member).await,
        http.patch(&member, role).await,
        http.delete(&member).await,
        http.patch(&format!("{member}/metadata"), json!({})).await,
    ] {
        assert_eq!(answer.faults(), ["404 resource_not_found"], "{answer:?}");
    }
}

#[tokio::test]
async fn a_deletion_takes_the_memberships_along() {
    let server = TestServer::start().await;
    let http = server.http();
    let (id, admin) = http.organization_with_admin().await;
    let kept = http.organization(json!({ "name": "Kept", "created_by": admin })).await;
    http.member(&id).await;

    http.delete(&format!("/v1/organizations/{id}")).await.ok();

    let all = http.get("/v1/organization_memberships").await.ok();
    let of_admin = http.get(&format!("/v1/users/{admin}/organization_memberships")).await.ok();
    assert_eq!(all["total_count"], 1);
    assert_eq!(of_admin["total_count"], 1);
    assert_eq!(of_admin["data"][0]["organization"]["id"], json!(kept));
    let organizations = http.get("/v1/organizations").await.ok();
    assert_eq!(organizations["total_count"], 1);
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 2);
}

#[tokio::test]
async fn nothing_of_a_deleted_organization_shows_under_its_slug_again() {
    let server = TestServer::start().await;
    let http = server.http();
    let creator = http.anybody().await;
    let fields = json!({
        "name": "Old", "slug": "acme", "created_by": creator, "public_metadata": { "old": true },
        "max_allowed_memberships": 3,
    });
    let old = http.organization(fields).await;
    http.delete(&format!("/v1/organizations/{old}")).await.ok();

    let new = http.organization(json!({ "name": "New", "slug": "acme" })).await;

    let found = http.get("/v1/organizations/acme?include_members_count=true").await.ok();
    assert_eq!(found["id"], json!(new));
    assert_ne!(new, old);
    assert_eq!(found["members_count"], 0);
    assert_eq!(found["public_metadata"], json!({}));
    assert_eq!(found["max_allowed_memberships"], 0);
    assert_eq!(http.get(&format!("/v1/organizations/{old}")).await.status, 404);
}

#[tokio::test]
async fn of_two_deletions_at_once_one_finds_nothing() {
    let server = TestServer::start().await;
    let http = server.http();
    let (id, _) = http.organization_with_admin().await;
    let path = format!("/v1/organizations/{id}");

    let (first, second) = tokio::join!(http.delete(&path), http.delete(&path));

    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
}

#[tokio::test]
async fn an_organization_without_an_admin_can_be_deleted() {
    let server = TestServer::start().await;
    let http = server.http();
    let (id, admin) = http.organization_with_admin().await;
    http.member(&id).await;
    http.delete(&format!("/v1/users/{admin}")).await.ok();

    let deleted = http.delete(&format!("/v1/organizations/{id}")).await;

    assert_eq!(deleted.ok()["deleted"], true);
}

#[tokio::test]
async fn a_slug_deletes_nothing() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.organization(json!({ "name": "Acme", "slug": "acme" })).await;

    let answer = http.delete("/v1/organizations/acme").await;

    assert_eq!(answer.faults(), ["404 resource_not_found"]);
    assert_eq!(http.get(&format!("/v1/organizations/{id}")).await.status, 200);
}
