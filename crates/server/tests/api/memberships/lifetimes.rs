//! What becomes of memberships when users and organizations come and go.

use guildhall_testing::TestServer;
use serde_json::json;

use super::{Stage, assert_no_membership, assert_no_organization, membership, memberships};

#[tokio::test]
async fn a_member_who_comes_back_gets_a_new_membership() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let first = json!({ "user_id": user, "role": "org:admin", "public_metadata": { "a": 1 } });
    let first = stage.http.post(&stage.memberships(), first).await.ok();
    stage.http.delete(&stage.membership(&user)).await.ok();
    stage.server.clock().advance(1000);

    let second = stage.http.join(&stage.organization, &user, "org:member").await;

    assert_ne!(second["id"], first["id"]);
    assert!(second["created_at"].as_i64() > first["created_at"].as_i64());
    assert_eq!(second["role"], "org:member");
    assert_eq!(second["public_metadata"], json!({}));
    assert_eq!(stage.read(&user).await, second);
}

#[tokio::test]
async fn an_organization_without_members_stays_also_over_a_restart() {
    let server = TestServer::start().await;
    let organization = server.http().organization(json!({ "name": "Pre-provisioned" })).await;
    let before = server.http().state_of(&organization).await;

    let server = server.restart().await;

    let after = server.http().state_of(&organization).await;
    assert_eq!(after["organization"]["id"], before["organization"]["id"]);
    assert_eq!(after["organization"]["members_count"], 0);
    assert_eq!(after["memberships"], json!({ "data": [], "total_count": 0 }));
}

#[tokio::test]
async fn the_first_member_of_an_empty_organization_may_have_any_role() {
    let server = TestServer::start().await;
    let http = server.http();

    for role in ["org:member", "org:admin"] {
        let organization = http.organization(json!({ "name": "Pre-provisioned" })).await;
        let user = http.anybody().await;
        assert_eq!(http.join(&organization, &user, role).await["role"], role);
    }
}

#[tokio::test]
async fn memberships_outlive_a_restart() {
    let stage = Stage::set().await;
    let Stage { server, http, organization, .. } = stage;
    let before = http.get(&memberships(&organization)).await.ok();

    let server = server.restart().await;

    let after = server.http().get(&memberships(&organization)).await.ok();
    assert_eq!(after["total_count"], before["total_count"]);
    for (after, before) in [0, 1].map(|at| (&after["data"][at], &before["data"][at])) {
        for key in ["id", "role", "created_at", "updated_at", "public_metadata"] {
            assert_eq!(after[key], before[key]);
        }
    }
}

#[tokio::test]
async fn the_account_of_the_only_admin_can_be_deleted() {
    let stage = Stage::set().await;

    stage.http.delete(&format!("/v1/users/{}", stage.admin)).await.ok();

    let state = stage.http.state_of(&stage.organization).await;
    assert_eq!(state["organization"]["members_count"], 1);
    assert_eq!(state["organization"]["missing_member_with_elevated_permissions"], true);
    assert_eq!(state["memberships"]["total_count"], 1);
    assert_eq!(state["memberships"]["data"][0]["public_user_data"]["user_id"], json!(stage.member));
    assert_no_membership(&stage.http.get(&stage.membership(&stage.admin)).await);
}

#[tokio::test]
async fn an_organization_that_lost_its_only_admin_can_get_another() {
    let stage = Stage::set().await;
    stage.http.delete(&format!("/v1/users/{}", stage.admin)).await.ok();

    let update = json!({ "role": "org:admin" });
    stage.http.patch(&stage.membership(&stage.member), update).await.ok();

    let state = stage.http.state_of(&stage.organization).await;
    assert_eq!(state["organization"]["missing_member_with_elevated_permissions"], false);
    stage.http.delete(&format!("/v1/organizations/{}", stage.organization)).await.ok();
}

#[tokio::test]
async fn a_deleted_user_leaves_every_organization() {
    let stage = Stage::set().await;
    let (elsewhere, _) = stage.http.organization_with_admin().await;
    stage.http.join(&elsewhere, &stage.member, "org:member").await;

    stage.http.delete(&format!("/v1/users/{}", stage.member)).await.ok();

    for organization in [&stage.organization, &elsewhere] {
        let state = stage.http.state_of(organization).await;
        assert_eq!(state["organization"]["members_count"], 1);
        assert_eq!(state["memberships"]["total_count"], 1);
    }
    assert_eq!(stage.http.get("/v1/organization_memberships").await.ok()["total_count"], 2);
}

#[tokio::test]
async fn a_deleted_organization_takes_its_memberships_with_it() {
    let stage = Stage::set().await;
    let (elsewhere, _) = stage.http.organization_with_admin().await;
    let kept = stage.http.join(&elsewhere, &stage.member, "org:member").await;

    stage.http.delete(&format!("/v1/organizations/{}", stage.organization)).await.ok();

    assert_no_organization(&stage.http.get(&stage.memberships()).await);
    assert_no_organization(&stage.http.get(&stage.membership(&stage.member)).await);
    let path = format!("/v1/users/{}/organization_memberships", stage.member);
    assert_eq!(stage.http.get(&path).await.ok(), json!({ "data": [kept], "total_count": 1 }));
    assert_eq!(stage.http.get("/v1/organization_memberships").await.ok()["total_count"], 2);
}

#[tokio::test]
async fn the_place_of_a_deleted_user_can_be_taken() {
    let stage = Stage::set().await;
    stage.limit(2).await;
    stage.http.delete(&format!("/v1/users/{}", stage.member)).await.ok();

    let user = stage.http.anybody().await;
    stage.http.join(&stage.organization, &user, "org:member").await;

    stage.http.get(&membership(&stage.organization, &user)).await.ok();
}
