//! Giving a member another role.

use reqwest::Method;
use serde_json::json;

use super::{
    NO_ORGANIZATION, NO_USER, Stage, assert_minimum_permissions_needed, assert_no_membership,
    assert_no_organization, assert_no_role, assert_refusal, membership, missing, mistyped, unknown,
};

#[tokio::test]
async fn update_membership_changes_the_role_and_nothing_else_but_its_date() {
    let stage = Stage::set().await;
    let before = stage.read(&stage.member).await;
    stage.server.clock().advance(5000);

    let update = json!({ "role": "org:admin" });
    let after = stage.http.patch(&stage.membership(&stage.member), update).await.ok();

    let mut expected = before.clone();
    for changed in ["role", "role_name", "permissions", "updated_at"] {
        expected[changed] = after[changed].clone();
    }
    assert_eq!(after, expected);
    assert_eq!(after["role"], "org:admin");
    assert_eq!(after["role_name"], "Admin");
    assert!(after["updated_at"].as_i64() >= before["updated_at"].as_i64().map(|at| at + 5000));
    assert_eq!(stage.read(&stage.member).await, after);
}

#[tokio::test]
async fn update_membership_to_the_same_role_changes_nothing() {
    let stage = Stage::set().await;
    let before = stage.read(&stage.member).await;
    stage.server.clock().advance(5000);

    let update = json!({ "role": "org:member" });
    let after = stage.http.patch(&stage.membership(&stage.member), update).await.ok();

    assert_eq!(after, before);
    assert_eq!(stage.read(&stage.member).await, before);
}

#[tokio::test]
async fn updated_at_rises_though_the_clock_goes_back() {
    let stage = Stage::set().await;
    let before = stage.read(&stage.member).await;
    stage.server.clock().advance(-3_600_000);

    let update = json!({ "role": "org:admin" });
    let after = stage.http.patch(&stage.membership(&stage.member), update).await.ok();

    assert!(after["updated_at"].as_i64() > before["updated_at"].as_i64(), "{after}");
}

#[tokio::test]
async fn two_updates_in_one_millisecond_have_different_dates() {
    let stage = Stage::set().await;
    let path = stage.membership(&stage.member);

    let mut dates = Vec::new();
    for role in ["org:admin", "org:member", "org:admin", "org:member"] {
        let updated = stage.http.patch(&path, json!({ "role": role })).await.ok();
        dates.push(updated["updated_at"].as_i64());
    }

    assert!(dates.is_sorted_by(|a, b| a < b), "{dates:?}");
}

#[tokio::test]
async fn update_membership_refuses_an_unknown_organization() {
    let stage = Stage::set().await;
    let path = membership(NO_ORGANIZATION, &stage.member);

    let answer = stage.http.patch(&path, json!({ "role": "org:admin" })).await;

    assert_no_organization(&answer);
}

#[tokio::test]
async fn update_membership_refuses_who_is_no_member() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;

    let answer = stage.refused_update(&user, json!({ "role": "org:admin" })).await;

    assert_no_membership(&answer);
}

#[tokio::test]
async fn update_membership_refuses_an_unknown_user() {
    let stage = Stage::set().await;

    let answer = stage.refused_update(NO_USER, json!({ "role": "org:admin" })).await;

    assert_no_membership(&answer);
}

#[tokio::test]
async fn update_membership_refuses_who_was_removed() {
    let stage = Stage::set().await;
    stage.http.delete(&stage.membership(&stage.member)).await.ok();

    let answer = stage.refused_update(&stage.member, json!({ "role": "org:admin" })).await;

    assert_no_membership(&answer);
}

#[tokio::test]
async fn update_membership_refuses_a_member_of_another_organization() {
    let stage = Stage::set().await;
    let (_, elsewhere) = stage.http.organization_with_admin().await;

    let answer = stage.refused_update(&elsewhere, json!({ "role": "org:member" })).await;

    assert_no_membership(&answer);
}

#[tokio::test]
async fn update_membership_from_another_instance_finds_nothing() {
    let stage = Stage::set().await;
    let other = stage.server.another_instance().await;
    let before = stage.read(&stage.member).await;

    let update = json!({ "role": "org:admin" });
    let answer = other.patch(&stage.membership(&stage.member), update).await;

    assert_no_organization(&answer);
    assert_eq!(stage.read(&stage.member).await, before);
}

#[tokio::test]
async fn update_membership_refuses_roles_that_do_not_exist() {
    let stage = Stage::set().await;

    for role in ["admin", "basic_member", "org:editor", ""] {
        let answer = stage.refused_update(&stage.member, json!({ "role": role })).await;

        assert_no_role(&answer);
    }
}

#[tokio::test]
async fn update_membership_refuses_a_missing_role() {
    let stage = Stage::set().await;

    let answer = stage.refused_update(&stage.member, json!({})).await;

    assert_refusal(&answer, 422, json!([missing("role")]));
}

#[tokio::test]
async fn update_membership_without_any_body_lacks_the_role() {
    let stage = Stage::set().await;
    let request = stage.http.request(Method::PATCH, &stage.membership(&stage.member));

    let answer = stage.refused(request).await;

    assert_refusal(&answer, 422, json!([missing("role")]));
}

#[tokio::test]
async fn update_membership_refuses_a_null_role() {
    let stage = Stage::set().await;

    let answer = stage.refused_update(&stage.member, json!({ "role": null })).await;

    assert_eq!(answer.faults(), ["422 form_param_nil role"]);
}

#[tokio::test]
async fn update_membership_tells_a_mistyped_role_and_unknown_fields_at_once() {
    let stage = Stage::set().await;
    let body = json!({ "role": { "key": "org:admin" }, "public_metadata": {}, "user_id": "x" });

    let answer = stage.refused_update(&stage.member, body).await;

    let errors = [
        mistyped("role", r#"{"key":"org:admin"}"#, "string"),
        unknown("public_metadata"),
        unknown("user_id"),
    ];
    assert_refusal(&answer, 422, json!(errors));
}

#[tokio::test]
async fn update_membership_refuses_a_body_that_is_no_json() {
    let stage = Stage::set().await;
    let request = stage.http.request(Method::PATCH, &stage.membership(&stage.member));
    let request = request.header("Content-Type", "application/json").body("{\"role\":");

    let answer = stage.refused(request).await;

    assert_eq!(answer.faults(), ["400 request_body_invalid"]);
}

#[tokio::test]
async fn update_membership_refuses_another_content_type() {
    let stage = Stage::set().await;
    let request = stage.http.request(Method::PATCH, &stage.membership(&stage.member));
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");

    let answer = stage.refused(request.body("role=org%3Aadmin")).await;

    assert_eq!(answer.faults(), ["415 unsupported_content_type"]);
}

#[tokio::test]
async fn update_membership_refuses_to_demote_the_last_admin() {
    let stage = Stage::set().await;

    let answer = stage.refused_update(&stage.admin, json!({ "role": "org:member" })).await;

    assert_minimum_permissions_needed(&answer);
}

#[tokio::test]
async fn update_membership_refuses_to_demote_the_only_member() {
    let stage = Stage::set().await;
    stage.http.delete(&stage.membership(&stage.member)).await.ok();

    let answer = stage.refused_update(&stage.admin, json!({ "role": "org:member" })).await;

    assert_minimum_permissions_needed(&answer);
}

#[tokio::test]
async fn update_membership_lets_the_last_admin_stay_one() {
    let stage = Stage::set().await;
    let before = stage.read(&stage.admin).await;

    let update = json!({ "role": "org:admin" });
    let after = stage.http.patch(&stage.membership(&stage.admin), update).await.ok();

    assert_eq!(after, before);
}

#[tokio::test]
async fn update_membership_demotes_one_of_two_admins_and_spares_the_other() {
    let stage = Stage::set().await;
    let update = json!({ "role": "org:admin" });
    stage.http.patch(&stage.membership(&stage.member), update).await.ok();

    let demote = json!({ "role": "org:member" });
    stage.http.patch(&stage.membership(&stage.admin), demote.clone()).await.ok();

    assert_minimum_permissions_needed(&stage.refused_update(&stage.member, demote).await);
}

#[tokio::test]
async fn an_admin_elsewhere_is_no_admin_here() {
    let stage = Stage::set().await;
    let (elsewhere, _) = stage.http.organization_with_admin().await;
    stage.http.join(&elsewhere, &stage.member, "org:admin").await;

    let answer = stage.refused_update(&stage.admin, json!({ "role": "org:member" })).await;

    assert_minimum_permissions_needed(&answer);
}
