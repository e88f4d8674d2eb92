//! Removing a member.

use serde_json::json;

use super::{
    NO_ORGANIZATION, NO_USER, Stage, assert_minimum_permissions_needed, assert_no_membership,
    assert_no_organization, membership, memberships,
};

#[tokio::test]
async fn delete_membership_answers_the_whole_membership() {
    let stage = Stage::set().await;
    let before = stage.read(&stage.member).await;

    let deleted = stage.http.delete(&stage.membership(&stage.member)).await.ok();

    assert_eq!(deleted, before);
}

#[tokio::test]
async fn delete_membership_takes_the_member_from_lists_and_counts() {
    let stage = Stage::set().await;

    stage.http.delete(&stage.membership(&stage.member)).await.ok();

    let state = stage.http.state_of(&stage.organization).await;
    assert_eq!(state["organization"]["members_count"], 1);
    assert_eq!(state["memberships"]["total_count"], 1);
    assert_eq!(state["memberships"]["data"][0]["public_user_data"]["user_id"], json!(stage.admin));
    assert_no_membership(&stage.http.get(&stage.membership(&stage.member)).await);
}

#[tokio::test]
async fn delete_membership_leaves_the_user_and_other_memberships() {
    let stage = Stage::set().await;
    let (elsewhere, _) = stage.http.organization_with_admin().await;
    let kept = stage.http.join(&elsewhere, &stage.member, "org:member").await;

    stage.http.delete(&stage.membership(&stage.member)).await.ok();

    assert_eq!(stage.http.get(&membership(&elsewhere, &stage.member)).await.ok(), kept);
    stage.http.get(&format!("/v1/users/{}", stage.member)).await.ok();
}

#[tokio::test]
async fn delete_membership_refuses_to_delete_twice() {
    let stage = Stage::set().await;
    stage.http.delete(&stage.membership(&stage.member)).await.ok();

    let answer = stage.refused_delete(&stage.member).await;

    assert_no_membership(&answer);
}

#[tokio::test]
async fn delete_membership_refuses_an_unknown_organization() {
    let stage = Stage::set().await;

    let answer = stage.http.delete(&membership(NO_ORGANIZATION, &stage.member)).await;

    assert_no_organization(&answer);
}

#[tokio::test]
async fn delete_membership_refuses_who_is_no_member() {
    let stage = Stage::set().await;
    let (_, elsewhere) = stage.http.organization_with_admin().await;

    for user in [elsewhere.as_str(), NO_USER] {
        assert_no_membership(&stage.refused_delete(user).await);
    }
}

#[tokio::test]
async fn delete_membership_from_another_instance_finds_nothing() {
    let stage = Stage::set().await;
    let other = stage.server.another_instance().await;

    let answer = other.delete(&stage.membership(&stage.member)).await;

    assert_no_organization(&answer);
    stage.read(&stage.member).await;
}

#[tokio::test]
async fn delete_membership_refuses_to_remove_the_last_admin() {
    let stage = Stage::set().await;

    let answer = stage.refused_delete(&stage.admin).await;

    assert_minimum_permissions_needed(&answer);
}

#[tokio::test]
async fn delete_membership_refuses_to_remove_an_admin_who_is_the_only_member() {
    let stage = Stage::set().await;
    stage.http.delete(&stage.membership(&stage.member)).await.ok();

    let answer = stage.refused_delete(&stage.admin).await;

    assert_minimum_permissions_needed(&answer);
}

#[tokio::test]
async fn delete_membership_removes_one_of_two_admins_and_spares_the_other() {
    let stage = Stage::set().await;
    let update = json!({ "role": "org:admin" });
    stage.http.patch(&stage.membership(&stage.member), update).await.ok();

    stage.http.delete(&stage.membership(&stage.admin)).await.ok();

    assert_minimum_permissions_needed(&stage.refused_delete(&stage.member).await);
}

#[tokio::test]
async fn an_organization_without_any_admin_lets_its_members_go() {
    let stage = Stage::set().await;
    let organization = stage.http.organization(json!({ "name": "Pre-provisioned" })).await;
    let user = stage.http.member(&organization).await;

    stage.http.delete(&membership(&organization, &user)).await.ok();

    assert_eq!(stage.http.get(&memberships(&organization)).await.ok()["total_count"], 0);
}
