//! Adding a user to an organization.

use reqwest::Method;
use serde_json::json;

use super::{
    NO_ORGANIZATION, NO_USER, Stage, assert_no_organization, assert_no_role, assert_no_user,
    assert_refusal, memberships, metadata_of, missing, mistyped, too_large, unknown,
};

#[tokio::test]
async fn create_membership_refuses_an_unknown_organization() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let body = json!({ "user_id": user, "role": "org:member" });

    let answer = stage.http.post(&memberships(NO_ORGANIZATION), body).await;

    assert_no_organization(&answer);
}

#[tokio::test]
async fn create_membership_refuses_an_organization_of_another_instance() {
    let stage = Stage::set().await;
    let other = stage.server.another_instance().await;
    let user = other.anybody().await;
    let before = stage.http.state_of(&stage.organization).await;

    let answer =
        other.post(&stage.memberships(), json!({ "user_id": user, "role": "org:member" })).await;

    assert_no_organization(&answer);
    assert_eq!(stage.http.state_of(&stage.organization).await, before);
}

#[tokio::test]
async fn create_membership_refuses_an_unknown_user() {
    let stage = Stage::set().await;

    let answer = stage.refused_create(json!({ "user_id": NO_USER, "role": "org:member" })).await;

    assert_no_user(&answer, NO_USER);
}

#[tokio::test]
async fn create_membership_refuses_a_user_of_another_instance() {
    let stage = Stage::set().await;
    let stranger = stage.server.another_instance().await.anybody().await;

    let answer = stage.refused_create(json!({ "user_id": stranger, "role": "org:member" })).await;

    assert_no_user(&answer, &stranger);
}

#[tokio::test]
async fn create_membership_refuses_a_deleted_user() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    stage.http.delete(&format!("/v1/users/{user}")).await.ok();

    let answer = stage.refused_create(json!({ "user_id": user, "role": "org:member" })).await;

    assert_no_user(&answer, &user);
}

#[tokio::test]
async fn create_membership_refuses_a_deleted_organization() {
    let stage = Stage::set().await;
    let (organization, _) = stage.http.organization_with_admin().await;
    stage.http.delete(&format!("/v1/organizations/{organization}")).await.ok();
    let body = json!({ "user_id": stage.member, "role": "org:member" });

    let answer = stage.http.post(&memberships(&organization), body).await;

    assert_no_organization(&answer);
}

#[tokio::test]
async fn create_membership_refuses_a_second_one() {
    let stage = Stage::set().await;
    let member = &stage.member;

    let answer = stage.refused_create(json!({ "user_id": member, "role": "org:member" })).await;

    let error = json!({
        "message": "already a member",
        "long_message": format!("User {member} is already a member of the organization."),
        "code": "already_a_member_in_organization",
    });
    assert_refusal(&answer, 400, json!([error]));
}

#[tokio::test]
async fn create_membership_refuses_a_second_one_with_another_role_and_keeps_the_first() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let first = json!({ "user_id": user, "role": "org:member", "public_metadata": { "a": 1 } });
    let first = stage.http.post(&stage.memberships(), first).await.ok();
    stage.server.clock().advance(1000);
    let second = json!({ "user_id": user, "role": "org:admin", "public_metadata": { "b": 2 } });

    let answer = stage.refused_create(second).await;

    assert_eq!(answer.faults(), ["400 already_a_member_in_organization"]);
    assert_eq!(stage.read(&user).await, first);
}

#[tokio::test]
async fn create_membership_refuses_roles_that_do_not_exist() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;

    for role in ["admin", "basic_member", "org:editor", "ORG:ADMIN", "org:admin ", "", "'", "%"] {
        let answer = stage.refused_create(json!({ "user_id": user, "role": role })).await;

        assert_no_role(&answer);
    }
}

#[tokio::test]
async fn create_membership_refuses_a_missing_user_id() {
    let stage = Stage::set().await;

    let answer = stage.refused_create(json!({ "role": "org:member" })).await;

    assert_refusal(&answer, 422, json!([missing("user_id")]));
}

#[tokio::test]
async fn create_membership_refuses_a_missing_role() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;

    let answer = stage.refused_create(json!({ "user_id": user })).await;

    assert_refusal(&answer, 422, json!([missing("role")]));
}

#[tokio::test]
async fn create_membership_refuses_an_empty_body_for_both_fields() {
    let stage = Stage::set().await;

    let answer = stage.refused_create(json!({})).await;

    assert_refusal(&answer, 422, json!([missing("user_id"), missing("role")]));
}

#[tokio::test]
async fn create_membership_without_any_body_lacks_both_fields() {
    let stage = Stage::set().await;

    let answer = stage.refused(stage.http.request(Method::POST, &stage.memberships())).await;

    assert_refusal(&answer, 422, json!([missing("user_id"), missing("role")]));
}

#[tokio::test]
async fn create_membership_refuses_null_for_user_id_and_role() {
    let stage = Stage::set().await;

    let answer = stage.refused_create(json!({ "user_id": null, "role": null })).await;

    assert_eq!(answer.faults(), ["422 form_param_nil user_id", "422 form_param_nil role"]);
}

#[tokio::test]
async fn create_membership_refuses_other_types_and_says_what_it_received() {
    let stage = Stage::set().await;

    let answer = stage.refused_create(json!({ "user_id": 5, "role": ["org:member"] })).await;

    let errors =
        [mistyped("user_id", "5", "string"), mistyped("role", r#"["org:member"]"#, "string")];
    assert_refusal(&answer, 422, json!(errors));
}

#[tokio::test]
async fn create_membership_refuses_metadata_that_is_no_object() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;

    for metadata in [json!([]), json!("{}"), json!(1), json!(true)] {
        let body = json!({
            "user_id": user, "role": "org:member",
            "public_metadata": metadata, "private_metadata": metadata,
        });
        let answer = stage.refused_create(body).await;

        assert_eq!(
            answer.faults(),
            [
                "422 form_param_value_invalid public_metadata",
                "422 form_param_value_invalid private_metadata",
            ]
        );
    }
}

#[tokio::test]
async fn create_membership_refuses_metadata_beyond_8192_bytes_in_each_field() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let body = json!({
        "user_id": user, "role": "org:member",
        "public_metadata": metadata_of(8193), "private_metadata": metadata_of(8193),
    });

    let answer = stage.refused_create(body).await;

    let errors = [too_large("public_metadata"), too_large("private_metadata")];
    assert_refusal(&answer, 422, json!(errors));
}

#[tokio::test]
async fn create_membership_takes_8192_bytes_of_metadata_in_each_field() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let body = json!({
        "user_id": user, "role": "org:member",
        "public_metadata": metadata_of(8192), "private_metadata": metadata_of(8192),
    });

    let created = stage.http.post(&stage.memberships(), body).await.ok();

    assert_eq!(created["public_metadata"], metadata_of(8192));
    assert_eq!(created["private_metadata"], metadata_of(8192));
}

#[tokio::test]
async fn create_membership_measures_metadata_in_bytes_not_in_characters() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let body = json!({
        "user_id": user, "role": "org:member", "public_metadata": { "text": "é".repeat(4096) },
    });

    let answer = stage.refused_create(body).await;

    assert_refusal(&answer, 422, json!([too_large("public_metadata")]));
}

#[tokio::test]
async fn create_membership_takes_null_metadata_as_none() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let body = json!({
        "user_id": user, "role": "org:member", "public_metadata": null, "private_metadata": null,
    });

    let created = stage.http.post(&stage.memberships(), body).await.ok();

    assert_eq!(created["public_metadata"], json!({}));
    assert_eq!(created["private_metadata"], json!({}));
}

#[tokio::test]
async fn create_membership_drops_null_inside_metadata() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let body = json!({
        "user_id": user, "role": "org:member",
        "public_metadata": { "gone": null, "kept": { "gone": null, "list": [null] } },
    });

    let created = stage.http.post(&stage.memberships(), body).await.ok();

    assert_eq!(created["public_metadata"], json!({ "kept": { "list": [null] } }));
}

#[tokio::test]
async fn create_membership_refuses_a_body_that_is_no_json_object() {
    let stage = Stage::set().await;

    for body in ["{", "[]", "\"text\"", "1", "{\"user_id\":}", "user_id=1&role=org:member"] {
        let request = stage.http.request(Method::POST, &stage.memberships());
        let request = request.header("Content-Type", "application/json").body(body);
        let answer = stage.refused(request).await;

        let error = json!({
            "message": "Request body invalid",
            "long_message": "The request body is invalid. Please consult the API documentation for more information.",
            "code": "request_body_invalid",
        });
        assert_refusal(&answer, 400, json!([error]));
    }
}

#[tokio::test]
async fn create_membership_refuses_another_content_type() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let body = json!({ "user_id": user, "role": "org:member" }).to_string();
    let request = stage.http.request(Method::POST, &stage.memberships());

    let answer = stage.refused(request.header("Content-Type", "text/plain").body(body)).await;

    let error = json!({
        "message": "Content-Type is unsupported",
        "long_message": "Content-Type text/plain is unsupported. You should use application/json instead.",
        "code": "unsupported_content_type",
    });
    assert_refusal(&answer, 415, json!([error]));
}

#[tokio::test]
async fn create_membership_refuses_unknown_fields() {
    let stage = Stage::set().await;
    let user = stage.http.anybody().await;
    let body = json!({ "user_id": user, "role": "org:member", "unsafe_metadata": {} });

    let answer = stage.refused_create(body).await;

    assert_refusal(&answer, 422, json!([unknown("unsafe_metadata")]));
}

#[tokio::test]
async fn create_membership_tells_misspelt_fields_and_missing_ones_at_once() {
    let stage = Stage::set().await;

    let answer = stage.refused_create(json!({ "rol": "x", "userid": "y" })).await;

    let errors = [missing("user_id"), missing("role"), unknown("rol"), unknown("userid")];
    assert_refusal(&answer, 422, json!(errors));
}

#[tokio::test]
async fn create_membership_tells_faults_of_every_kind_at_once() {
    let stage = Stage::set().await;
    let body = json!({
        "user_id": 7, "public_metadata": metadata_of(9000), "private_metadata": "text", "more": 1,
    });

    let answer = stage.refused_create(body).await;

    assert_eq!(
        answer.faults(),
        [
            "422 form_param_value_invalid user_id",
            "422 form_param_missing role",
            "422 form_param_exceeds_allowed_size public_metadata",
            "422 form_param_value_invalid private_metadata",
            "422 form_param_unknown more",
        ]
    );
}
