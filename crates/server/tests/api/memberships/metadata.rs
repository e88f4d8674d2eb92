//! Merging metadata into that of a membership: refusals, and what counts as a change.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    NO_ORGANIZATION, NO_USER, Stage, assert_no_membership, assert_no_organization, assert_refusal,
    membership, metadata_of, too_large, unknown,
};

#[tokio::test]
async fn update_metadata_refuses_an_unknown_organization() {
    let stage = Stage::set().await;
    let path = format!("{}/metadata", membership(NO_ORGANIZATION, &stage.member));

    let answer = stage.http.patch(&path, json!({ "public_metadata": { "a": 1 } })).await;

    assert_no_organization(&answer);
}

#[tokio::test]
async fn update_metadata_refuses_who_is_no_member() {
    let stage = Stage::set().await;
    let (_, elsewhere) = stage.http.organization_with_admin().await;

    for user in [elsewhere.as_str(), NO_USER] {
        let body = json!({ "public_metadata": { "a": 1 } });
        assert_no_membership(&stage.refused_merge(user, body).await);
    }
}

#[tokio::test]
async fn update_metadata_tells_two_unknown_fields_at_once() {
    let stage = Stage::set().await;
    let body = json!({ "public_metadata": { "a": 1 }, "unsafe_metadata": {}, "role": "org:admin" });

    let answer = stage.refused_merge(&stage.member, body).await;

    let mut errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
    errors.sort_by_key(|error| error["meta"]["param_name"].to_string());
    assert_eq!(answer.status, 422);
    assert_eq!(errors, [unknown("role"), unknown("unsafe_metadata")]);
}

#[tokio::test]
async fn update_metadata_refuses_null_for_a_whole_field() {
    let stage = Stage::set().await;
    let body = json!({ "public_metadata": null, "private_metadata": null });

    let answer = stage.refused_merge(&stage.member, body).await;

    assert_eq!(
        answer.faults(),
        ["422 form_param_nil public_metadata", "422 form_param_nil private_metadata"]
    );
}

#[tokio::test]
async fn update_metadata_refuses_what_is_no_object() {
    let stage = Stage::set().await;

    for value in [json!([{ "a": 1 }]), json!("{}"), json!(0), json!(false)] {
        let body = json!({ "public_metadata": value });
        let answer = stage.refused_merge(&stage.member, body).await;

        assert_eq!(answer.faults(), ["422 form_param_value_invalid public_metadata"]);
    }
}

#[tokio::test]
async fn update_metadata_measures_the_merged_result() {
    let stage = Stage::set().await;
    merge(&stage, json!({ "public_metadata": metadata_of(8000) })).await;
    let body = json!({ "public_metadata": { "more": "y".repeat(200) } });

    let answer = stage.refused_merge(&stage.member, body).await;

    assert_refusal(&answer, 422, json!([too_large("public_metadata")]));
}

#[tokio::test]
async fn update_metadata_may_replace_much_by_much() {
    let stage = Stage::set().await;
    merge(&stage, json!({ "public_metadata": metadata_of(8192) })).await;
    let body = json!({ "public_metadata": { "text": null, "other": "y".repeat(8000) } });

    let merged = merge(&stage, body).await;

    assert_eq!(merged["public_metadata"], json!({ "other": "y".repeat(8000) }));
}

#[tokio::test]
async fn update_metadata_with_one_field_too_large_changes_neither() {
    let stage = Stage::set().await;
    let body = json!({ "public_metadata": { "a": 1 }, "private_metadata": metadata_of(8193) });

    let answer = stage.refused_merge(&stage.member, body).await;

    assert_refusal(&answer, 422, json!([too_large("private_metadata")]));
}

#[tokio::test]
async fn update_metadata_tells_both_fields_that_are_too_large() {
    let stage = Stage::set().await;
    let body =
        json!({ "public_metadata": metadata_of(8193), "private_metadata": metadata_of(9000) });

    let answer = stage.refused_merge(&stage.member, body).await;

    let errors = [too_large("public_metadata"), too_large("private_metadata")];
    assert_refusal(&answer, 422, json!(errors));
}

#[tokio::test]
async fn update_metadata_refuses_a_body_that_is_no_json_object() {
    let stage = Stage::set().await;
    let path = format!("{}/metadata", stage.membership(&stage.member));

    for body in ["{", "[]", "\"public_metadata\""] {
        let request = stage.http.request(Method::PATCH, &path);
        let request = request.header("Content-Type", "application/json").body(body);
        let answer = stage.refused(request).await;

        assert_eq!(answer.faults(), ["400 request_body_invalid"]);
    }
}

#[tokio::test]
async fn update_metadata_counts_as_a_change_of_the_membership() {
    let stage = Stage::set().await;
    let before = stage.read(&stage.member).await;
    stage.server.clock().advance(5000);

    let after = merge(&stage, json!({ "private_metadata": { "a": 1 } })).await;

    assert!(after["updated_at"].as_i64() >= before["updated_at"].as_i64().map(|at| at + 5000));
    assert_eq!(after["created_at"], before["created_at"]);
}

#[tokio::test]
async fn update_metadata_that_changes_nothing_leaves_the_date() {
    let stage = Stage::set().await;
    let before = merge(&stage, json!({ "public_metadata": { "a": { "b": [1] } } })).await;
    stage.server.clock().advance(5000);

    for body in [
        json!({}),
        json!({ "public_metadata": {} }),
        json!({ "public_metadata": { "a": { "b": [1] } }, "private_metadata": {} }),
        json!({ "public_metadata": { "a": {}, "absent": null } }),
    ] {
        assert_eq!(merge(&stage, body).await, before);
    }
}

#[tokio::test]
async fn update_metadata_of_one_member_leaves_the_others() {
    let stage = Stage::set().await;
    let before = stage.read(&stage.admin).await;

    merge(&stage, json!({ "public_metadata": { "a": 1 } })).await;

    assert_eq!(stage.read(&stage.admin).await, before);
}

async fn merge(stage: &Stage, body: Value) -> Value {
    let path = format!("{}/metadata", stage.membership(&stage.member));
    stage.http.patch(&path, body).await.ok()
}
