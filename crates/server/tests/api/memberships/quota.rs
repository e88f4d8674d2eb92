//! How many members an organization may have.

use serde_json::json;

use super::Stage;

#[tokio::test]
async fn create_membership_refuses_one_more_than_the_limit() {
    let stage = Stage::set().await;
    stage.limit(2).await;
    let user = stage.http.anybody().await;

    let answer = stage.refused_create(json!({ "user_id": user, "role": "org:member" })).await;

    assert_eq!(
        answer.body["errors"][0]["long_message"],
        "You have reached your limit of 2 organization memberships, including outstanding invitations."
    );
    assert_eq!(answer.faults(), ["403 organization_membership_quota_exceeded"]);
}

#[tokio::test]
async fn a_lowered_limit_keeps_members_and_stops_new_ones() {
    let stage = Stage::set().await;
    stage.http.member(&stage.organization).await;
    let user = stage.http.anybody().await;
    stage.limit(1).await;

    let answer = stage.refused_create(json!({ "user_id": user, "role": "org:member" })).await;

    assert_eq!(answer.faults(), ["403 organization_membership_quota_exceeded"]);
    assert_eq!(stage.http.get(&stage.memberships()).await.ok()["total_count"], 3);
}

#[tokio::test]
async fn a_lowered_limit_does_not_stop_changes_of_members() {
    let stage = Stage::set().await;
    stage.limit(1).await;

    let update = json!({ "role": "org:admin" });
    let updated = stage.http.patch(&stage.membership(&stage.member), update).await.ok();

    assert_eq!(updated["role"], "org:admin");
}

#[tokio::test]
async fn a_place_that_was_left_can_be_taken() {
    let stage = Stage::set().await;
    stage.limit(2).await;
    let user = stage.http.anybody().await;
    stage.http.delete(&stage.membership(&stage.member)).await.ok();

    stage.http.join(&stage.organization, &user, "org:member").await;

    assert_eq!(stage.http.get(&stage.memberships()).await.ok()["total_count"], 2);
}

#[tokio::test]
async fn a_limit_of_zero_is_none() {
    let stage = Stage::set().await;
    stage.limit(1).await;
    stage.limit(0).await;

    for _ in 0..25 {
        stage.http.member(&stage.organization).await;
    }

    assert_eq!(stage.http.get(&stage.memberships()).await.ok()["total_count"], 27);
}

#[tokio::test]
async fn a_new_member_counts_at_once() {
    let stage = Stage::set().await;

    stage.http.member(&stage.organization).await;

    let state = stage.http.state_of(&stage.organization).await;
    assert_eq!(state["organization"]["members_count"], 3);
    assert_eq!(state["memberships"]["total_count"], 3);
}
