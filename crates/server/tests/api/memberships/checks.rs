//! The order in which a request with several faults is refused.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{NO_ORGANIZATION, NO_USER, Stage, membership, memberships};

/// A step of a ladder: a request that has all the faults from this one on, and its refusal.
type Step = (RequestBuilder, &'static str);

#[tokio::test]
async fn create_membership_checks_in_order() {
    let stage = Stage::set().await;
    stage.limit(2).await;
    let nowhere = memberships(NO_ORGANIZATION);
    let here = stage.memberships();
    let unknown = |user: &str, role: &str| json!({ "user_id": user, "role": role });
    let outsider = stage.http.anybody().await;
    let post = |path: &str| stage.http.request(Method::POST, path);
    let faulty = json!({ "user_id": NO_USER });

    let steps = [
        (without_key(post(&nowhere)), "401 clerk_key_invalid"),
        (of_no_version(post(&nowhere)), "400 api_version_invalid"),
        (of_no_type(post(&nowhere)), "415 unsupported_content_type"),
        (of_no_json(post(&nowhere)), "400 request_body_invalid"),
        (post(&nowhere).json(&faulty), "404 resource_not_found"),
        (post(&here).json(&faulty), "422 form_param_missing role"),
        (post(&here).json(&unknown(NO_USER, "org:nothing")), "404 resource_not_found"),
        (post(&here).json(&unknown(&stage.member, "org:nothing")), "404 resource_not_found role"),
        (
            post(&here).json(&unknown(&stage.member, "org:admin")),
            "400 already_a_member_in_organization",
        ),
        (
            post(&here).json(&unknown(&outsider, "org:admin")),
            "403 organization_membership_quota_exceeded",
        ),
    ];

    climb(&stage, steps).await;
}

#[tokio::test]
async fn update_membership_checks_in_order() {
    let stage = Stage::set().await;
    let nowhere = membership(NO_ORGANIZATION, NO_USER);
    let nobody = stage.membership(NO_USER);
    let patch = |path: &str| stage.http.request(Method::PATCH, path);
    let role = |role: &str| json!({ "role": role });

    let steps = [
        (without_key(patch(&nowhere)), "401 clerk_key_invalid"),
        (of_no_version(patch(&nowhere)), "400 api_version_invalid"),
        (of_no_type(patch(&nowhere)), "415 unsupported_content_type"),
        (of_no_json(patch(&nowhere)), "400 request_body_invalid"),
        (patch(&nowhere).json(&json!({})), "404 resource_not_found"),
        (patch(&nobody).json(&json!({})), "422 form_param_missing role"),
        (patch(&nobody).json(&role("org:nothing")), "404 resource_not_found role"),
        (patch(&nobody).json(&role("org:member")), "404 resource_not_found"),
        (
            patch(&stage.membership(&stage.admin)).json(&role("org:member")),
            "400 organization_minimum_permissions_needed",
        ),
    ];

    climb(&stage, steps).await;
}

#[tokio::test]
async fn update_metadata_checks_in_order() {
    let stage = Stage::set().await;
    let nowhere = format!("{}/metadata", membership(NO_ORGANIZATION, NO_USER));
    let nobody = format!("{}/metadata", stage.membership(NO_USER));
    let somebody = format!("{}/metadata", stage.membership(&stage.member));
    let patch = |path: &str| stage.http.request(Method::PATCH, path);
    let too_large = json!({ "public_metadata": { "a": "x".repeat(9000) } });

    let steps = [
        (without_key(patch(&nowhere)), "401 clerk_key_invalid"),
        (of_no_version(patch(&nowhere)), "400 api_version_invalid"),
        (of_no_type(patch(&nowhere)), "415 unsupported_content_type"),
        (of_no_json(patch(&nowhere)), "400 request_body_invalid"),
        (patch(&nowhere).json(&json!({ "role": 1 })), "404 resource_not_found"),
        (patch(&nobody).json(&json!({ "role": 1 })), "422 form_param_unknown role"),
        (patch(&nobody).json(&json!({})), "404 resource_not_found"),
        (patch(&somebody).json(&too_large), "422 form_param_exceeds_allowed_size public_metadata"),
    ];

    climb(&stage, steps).await;
}

#[tokio::test]
async fn delete_membership_checks_in_order() {
    let stage = Stage::set().await;
    let nowhere = membership(NO_ORGANIZATION, NO_USER);
    let delete = |path: &str| stage.http.request(Method::DELETE, path);

    let steps = [
        (without_key(delete(&nowhere)), "401 clerk_key_invalid"),
        (of_no_version(delete(&nowhere)), "400 api_version_invalid"),
        (delete(&nowhere), "404 resource_not_found"),
        (delete(&stage.membership(NO_USER)), "404 resource_not_found"),
        (delete(&stage.membership(&stage.admin)), "400 organization_minimum_permissions_needed"),
    ];

    climb(&stage, steps).await;
}

#[tokio::test]
async fn list_memberships_checks_in_order() {
    let stage = Stage::set().await;
    let nowhere = format!("{}?limit=0", memberships(NO_ORGANIZATION));
    let get = |path: &str| stage.http.request(Method::GET, path);

    let steps = [
        (without_key(get(&nowhere)), "401 clerk_key_invalid"),
        (of_no_version(get(&nowhere)), "400 api_version_invalid"),
        (get(&nowhere), "404 resource_not_found"),
        (get(&format!("{}?limit=0", stage.memberships())), "422 form_param_value_invalid limit"),
    ];

    climb(&stage, steps).await;
}

#[tokio::test]
async fn an_unknown_path_is_refused_after_the_key_and_the_version() {
    let stage = Stage::set().await;
    let path = format!("{}/unknown/path", stage.membership(&stage.member));
    let post = || stage.http.request(Method::POST, &path);

    let steps = [
        (without_key(of_no_json(post())), "401 clerk_key_invalid"),
        (of_no_version(of_no_json(post())), "400 api_version_invalid"),
        (of_no_type(post()), "404 resource_not_found"),
    ];

    climb(&stage, steps).await;
}

#[tokio::test]
async fn a_wrong_method_is_refused_before_the_body_is_read() {
    let stage = Stage::set().await;
    let path = memberships(NO_ORGANIZATION);
    let put = || stage.http.request(Method::PUT, &path);

    let steps = [
        (without_key(of_no_json(put())), "401 clerk_key_invalid"),
        (of_no_version(of_no_json(put())), "400 api_version_invalid"),
        (of_no_type(put()), "405 method_not_allowed"),
    ];

    climb(&stage, steps).await;
}

/// Sends each request; nothing may have changed at the end.
async fn climb(stage: &Stage, steps: impl IntoIterator<Item = Step>) {
    let before: Value = stage.http.state_of(&stage.organization).await;
    let (requests, expected): (Vec<_>, Vec<_>) = steps.into_iter().unzip();

    let mut refusals = Vec::new();
    for request in requests {
        refusals.push(stage.http.send(request).await.faults().join(", "));
    }

    assert_eq!(refusals, expected);
    assert_eq!(stage.http.state_of(&stage.organization).await, before);
}

/// The same request with a key that nobody has besides the right one.
fn without_key(request: RequestBuilder) -> RequestBuilder {
    let (client, request) = of_no_type(of_no_version(request)).build_split();
    let mut request = request.expect("a well-formed request");
    let key = "Bearer sk_test_nobodys".parse().expect("a header");
    request.headers_mut().insert("Authorization", key);
    RequestBuilder::from_parts(client, request)
}

fn of_no_version(request: RequestBuilder) -> RequestBuilder {
    of_no_type(request.header("Clerk-API-Version", "1999-12-31"))
}

fn of_no_type(request: RequestBuilder) -> RequestBuilder {
    request.header("Content-Type", "text/plain").body("{")
}

fn of_no_json(request: RequestBuilder) -> RequestBuilder {
    request.header("Content-Type", "application/json").body("{")
}
