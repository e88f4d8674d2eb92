//! Good answers pass, and each mistake is found where it is.

use guildhall_types::{ApiVersion, Code, Errors};
use serde_json::{Value, json};

use super::Contract;

const MEMBERSHIPS: &str = "/v1/organizations/org_3E1yAbCdEfGhIjKlMnOpQrStUvW/memberships";
const MEMBERSHIP: &str = "/v1/organizations/org_3E1yAbCdEfGhIjKlMnOpQrStUvW/memberships/user_29w83sxmDNGwOuEthce5gg56FcC";
const TRACE_ID: &str = "0123456789abcdef0123456789abcdef";

fn membership() -> Value {
    json!({
        "id": "orgmem_3E1yZyXwVuTsRqPoNmLkJiHgFeD",
        "object": "organization_membership",
        "role": "org:member",
        "role_name": "Member",
        "permissions": ["org:sys_memberships:read", "org:sys_billing:read"],
        "public_metadata": { "seat": 2.5, "tags": [null, 1] },
        "private_metadata": {},
        "organization": organization(),
        "public_user_data": {
            "user_id": "user_29w83sxmDNGwOuEthce5gg56FcC",
            "first_name": "Ada",
            "last_name": null,
            "profile_image_url": "http://127.0.0.1:3000/avatars/user.svg",
            "image_url": "http://127.0.0.1:3000/avatars/user.svg",
            "has_image": false,
            "identifier": "ada@example.com",
            "username": null,
            "banned": false,
            "deprovisioned": false,
        },
        "created_at": 1_779_321_600_000_i64,
        "updated_at": 1_779_321_600_000_i64,
    })
}

fn organization() -> Value {
    json!({
        "object": "organization",
        "id": "org_3E1yAbCdEfGhIjKlMnOpQrStUvW",
        "name": "Analytical Engines",
        "slug": "analytical-engines",
        "image_url": "http://127.0.0.1:3000/avatars/org.svg",
        "has_image": false,
        "max_allowed_memberships": 0,
        "admin_delete_enabled": true,
        "public_metadata": {},
        "private_metadata": {},
        "created_at": 1_779_321_600_000_i64,
        "updated_at": 1_779_321_600_000_i64,
        "role_set_key": null,
    })
}

fn user() -> Value {
    json!({
        "id": "user_29w83sxmDNGwOuEthce5gg56FcC", "object": "user", "external_id": null,
        "primary_email_address_id": "idn_29w83yL7CwVlJXylYLxcslromF1",
        "primary_phone_number_id": null, "primary_web3_wallet_id": null, "username": null,
        "first_name": null, "last_name": null, "locale": null,
        "profile_image_url": "http://127.0.0.1:3000/avatars/user.svg",
        "image_url": "http://127.0.0.1:3000/avatars/user.svg", "has_image": false,
        "public_metadata": {}, "private_metadata": {}, "unsafe_metadata": {},
        "email_addresses": [{
            "id": "idn_29w83yL7CwVlJXylYLxcslromF1", "object": "email_address",
            "email_address": "ada@example.com", "reserved": false,
            "verification": {
                "object": "verification_admin", "status": "verified", "strategy": "admin",
                "attempts": null, "expire_at": null,
            },
            "linked_to": [],
            "created_at": 1_779_321_600_000_i64, "updated_at": 1_779_321_600_000_i64,
        }],
        "phone_numbers": [], "web3_wallets": [], "passkeys": [], "external_accounts": [],
        "saml_accounts": [], "enterprise_accounts": [],
        "password_enabled": false, "two_factor_enabled": false, "totp_enabled": false,
        "backup_code_enabled": false, "mfa_enabled_at": null, "mfa_disabled_at": null,
        "last_sign_in_at": null, "banned": false, "locked": false,
        "lockout_expires_in_seconds": null, "verification_attempts_remaining": null,
        "created_at": 1_779_321_600_000_i64, "updated_at": 1_779_321_600_000_i64,
        "delete_self_enabled": true, "create_organization_enabled": true,
        "last_active_at": null, "legal_accepted_at": null, "scim": null,
    })
}

fn errors(code: Code) -> Value {
    let fault = code.parameter("role").value("a").value("b");
    serde_json::to_value(Errors::new(&[fault], TRACE_ID.to_owned())).unwrap()
}

/// Returns `value` with what stands at `pointer` replaced, or taken away for `None`.
fn with(mut value: Value, pointer: &str, replacement: Option<Value>) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match replacement {
        Some(replacement) => parent.insert(key.to_owned(), replacement),
        None => Some(parent.remove(key).expect("the field to take away is there")),
    };
    value
}

fn check(method: &str, path: &str, status: u16, body: &Value) -> Result<(), String> {
    check_in(ApiVersion::LATEST, method, path, status, body)
}

fn check_in(
    version: ApiVersion,
    method: &str,
    path: &str,
    status: u16,
    body: &Value,
) -> Result<(), String> {
    let body = body.to_string();
    Contract::of(version).check(method, path, status, Some("application/json"), &body)
}

#[track_caller]
fn refused(answer: Result<(), String>, place: &str) {
    let message = answer.expect_err("the answer is wrong");
    // The body is quoted last, and would name everything.
    let faults = message.split("; the body: ").next().unwrap_or_default();
    assert!(faults.contains(place), "`{place}` is not named in: {faults}");
}

#[test]
fn a_good_membership_passes_in_every_version_and_operation() {
    for version in ApiVersion::ALL {
        for (method, path) in [
            ("POST", MEMBERSHIPS.to_owned()),
            ("PATCH", MEMBERSHIP.to_owned()),
            ("DELETE", MEMBERSHIP.to_owned()),
            ("PATCH", format!("{MEMBERSHIP}/metadata")),
            ("GET", MEMBERSHIP.to_owned()),
        ] {
            assert_eq!(check_in(version, method, &path, 200, &membership()), Ok(()));
        }
    }
}

#[test]
fn a_good_list_passes_whatever_the_query() {
    let page = json!({ "data": [membership()], "total_count": 1 });

    assert_eq!(check("GET", &format!("{MEMBERSHIPS}?limit=10.0"), 200, &page), Ok(()));
    assert_eq!(check("GET", "/v1/organization_memberships", 200, &page), Ok(()));
}

#[test]
fn good_users_and_organizations_pass() {
    assert_eq!(check("POST", "/v1/users", 200, &user()), Ok(()));
    assert_eq!(check("GET", "/v1/users", 200, &json!([user()])), Ok(()));
    assert_eq!(check("POST", "/v1/organizations", 200, &organization()), Ok(()));
}

#[test]
fn a_literal_segment_goes_before_a_parameter() {
    let count = json!({ "object": "total_count", "total_count": 3 });

    assert_eq!(check("GET", "/v1/users/count", 200, &count), Ok(()));
    refused(check("GET", "/v1/users/user_1", 200, &count), "required");
}

#[test]
fn every_error_of_the_table_passes() {
    for code in Code::ALL.iter().copied().filter(|code| code.status() != 422) {
        assert_eq!(check("POST", MEMBERSHIPS, code.status(), &errors(code)), Ok(()), "{code:?}");
    }
    assert_eq!(check("POST", MEMBERSHIPS, 422, &errors(Code::ParameterMissing)), Ok(()));
}

#[test]
fn an_undeclared_error_status_needs_the_shape_of_errors() {
    let body = errors(Code::MinimumPermissionsNeeded);

    assert_eq!(check("DELETE", MEMBERSHIP, 400, &body), Ok(()));
    refused(check("DELETE", MEMBERSHIP, 400, &json!({ "error": "no" })), "errors");
}

#[test]
fn an_undeclared_success_is_refused() {
    refused(check("POST", MEMBERSHIPS, 201, &membership()), "not declared");
    refused(check("DELETE", MEMBERSHIP, 204, &membership()), "not declared");
}

#[test]
fn paths_outside_v1_are_not_looked_at() {
    let contract = Contract::of(ApiVersion::LATEST);

    assert_eq!(contract.check("GET", "/healthz", 200, Some("text/plain"), "ok"), Ok(()));
    assert_eq!(contract.check("GET", "/v10/users", 200, None, ""), Ok(()));
}

#[test]
fn additions_answer_any_json_but_errors_as_errors() {
    assert_eq!(check("GET", "/v1/members/search", 200, &json!({ "found": [] })), Ok(()));
    assert_eq!(check("GET", "/v1/nothing", 404, &errors(Code::RouteNotFound)), Ok(()));
    refused(check("GET", "/v1/nothing", 404, &json!({})), "errors");
}

#[test]
fn an_addition_that_shows_a_membership_shows_it_whole() {
    let membership = with(membership(), "/organization/has_image", None);

    refused(check("GET", MEMBERSHIP, 200, &membership), "has_image");
}

#[test]
fn the_content_type_is_exact() {
    let contract = Contract::of(ApiVersion::LATEST);
    let body = membership().to_string();
    for content_type in [
        None,
        Some("application/json; charset=utf-8"),
        Some("application/problem+json"),
        Some("text/plain"),
    ] {
        let answer = contract.check("POST", MEMBERSHIPS, 200, content_type, &body);

        refused(answer, "Content-Type");
    }
}

#[test]
fn an_answer_without_content_has_no_body() {
    let contract = Contract::of(ApiVersion::LATEST);

    assert_eq!(contract.check("PATCH", "/v1/instance", 204, None, ""), Ok(()));
    refused(contract.check("PATCH", "/v1/instance", 204, None, "{}"), "a body");
}

#[test]
fn a_body_that_is_not_json_is_refused() {
    let contract = Contract::of(ApiVersion::LATEST);

    let answer = contract.check("GET", MEMBERSHIPS, 200, Some("application/json"), "<html>");

    refused(answer, "<html>");
}

#[test]
fn a_missing_field_is_named() {
    for pointer in [
        "/id",
        "/role",
        "/role_name",
        "/permissions",
        "/public_metadata",
        "/private_metadata",
        "/organization",
        "/organization/slug",
        "/organization/image_url",
        "/organization/private_metadata",
        "/organization/has_image",
        "/public_user_data",
        "/public_user_data/profile_image_url",
        "/public_user_data/identifier",
        "/public_user_data/username",
        "/public_user_data/banned",
        "/public_user_data/deprovisioned",
        "/created_at",
        "/updated_at",
    ] {
        let answer = check("POST", MEMBERSHIPS, 200, &with(membership(), pointer, None));

        refused(answer, pointer.rsplit('/').next().unwrap());
    }
}

#[test]
fn a_null_or_wrong_value_is_named() {
    for (pointer, value) in [
        ("/permissions", Value::Null),
        ("/permissions", json!(["org:sys_memberships:read"])),
        ("/permissions", json!(["org:sys_memberships:read", "org:sys_memberships:read"])),
        ("/role", json!("admin")),
        ("/role_name", Value::Null),
        ("/public_metadata", Value::Null),
        ("/public_metadata", json!({ "a": { "b": null } })),
        ("/private_metadata", Value::Null),
        ("/private_metadata", json!({ "a": null })),
        ("/public_user_data", Value::Null),
        ("/public_user_data/image_url", Value::Null),
        ("/public_user_data/profile_image_url", json!("http://elsewhere/x.svg")),
        ("/public_user_data/surname", json!("Lovelace")),
        ("/organization/slug", Value::Null),
        ("/organization/image_url", Value::Null),
        ("/organization/private_metadata", Value::Null),
        ("/organization/max_allowed_memberships", Value::Null),
        ("/organization/max_allowed_memberships", json!(5.0)),
        ("/organization/max_allowed_memberships", json!(4_000_000_000_u32)),
        ("/organization/created_at", json!(1.5)),
        ("/created_at", json!("2026-05-21T00:00:00Z")),
        ("/updated_at", json!(1_779_321_599_999_i64)),
    ] {
        let body = with(membership(), pointer, Some(value));

        let answer = check("PATCH", MEMBERSHIP, 200, &body);

        refused(answer, pointer.rsplit('/').next().unwrap());
    }
}

#[test]
fn an_instant_in_seconds_or_with_a_fraction_is_refused() {
    for instant in [json!(1_779_321_600), json!(1_779_321_600_000.0), json!("1779321600000")] {
        let body = with(membership(), "/created_at", Some(instant));

        refused(check("POST", MEMBERSHIPS, 200, &body), "body/created_at");
    }
}

#[test]
fn an_id_that_is_not_a_ksuid_is_refused() {
    let short = json!("orgmem_0123456789abcdef01234567");
    let unprefixed = json!("29w83sxmDNGwOuEthce5gg56FcC");

    refused(check("POST", MEMBERSHIPS, 200, &with(membership(), "/id", Some(short))), "body/id");
    let body = with(membership(), "/public_user_data/user_id", Some(unprefixed));
    refused(check("POST", MEMBERSHIPS, 200, &body), "body/public_user_data/user_id");
}

#[test]
fn a_membership_deep_in_a_list_is_looked_at() {
    let second = with(membership(), "/public_user_data/identifier", None);
    let page = json!({ "data": [membership(), second], "total_count": 2 });

    refused(check("GET", MEMBERSHIPS, 200, &page), "body/data/1/public_user_data/identifier");
}

#[test]
fn a_list_is_the_envelope_and_nothing_more() {
    let more = json!({ "data": [], "total_count": 0, "has_more": false });

    refused(check("GET", MEMBERSHIPS, 200, &more), "dditional properties");
    refused(check("GET", MEMBERSHIPS, 200, &json!([])), "object");
    refused(check("GET", MEMBERSHIPS, 200, &json!({ "data": [] })), "total_count");
}

#[test]
fn a_deletion_answers_the_membership_itself() {
    let deleted = json!({
        "object": "deleted_object", "id": "orgmem_3E1yZyXwVuTsRqPoNmLkJiHgFeD", "deleted": true,
    });

    refused(check("DELETE", MEMBERSHIP, 200, &deleted), "public_metadata");
}

#[test]
fn a_deleted_organization_needs_no_more_than_its_id() {
    let deleted = json!({
        "object": "organization", "id": "org_3E1yAbCdEfGhIjKlMnOpQrStUvW", "deleted": true,
    });

    assert_eq!(check("DELETE", "/v1/organizations/org_1", 200, &deleted), Ok(()));
}

#[test]
fn an_error_that_lacks_something_is_refused() {
    let good = errors(Code::ParameterMissing);
    for (pointer, value) in [
        ("/clerk_trace_id", None),
        ("/clerk_trace_id", Some(json!("A2CF87DB58FDEEDD"))),
        ("/errors", Some(json!([]))),
        ("/errors/0/message", Some(json!(""))),
        ("/errors/0/long_message", None),
        ("/errors/0/code", Some(json!(""))),
        ("/errors/0/meta", Some(json!({}))),
        ("/errors/0/meta", None),
    ] {
        let answer = check("POST", MEMBERSHIPS, 422, &with_first(good.clone(), pointer, value));

        refused(answer, pointer.rsplit('/').next().unwrap());
    }
}

/// As [`with`], for pointers that go through the first error.
fn with_first(body: Value, pointer: &str, value: Option<Value>) -> Value {
    match pointer.strip_prefix("/errors/0") {
        Some(rest) => {
            let error = with(body["errors"][0].clone(), rest, value);
            with(body, "/errors", Some(json!([error])))
        }
        None => with(body, pointer, value),
    }
}

#[test]
fn an_invented_error_code_is_refused() {
    for (status, code) in [
        (404, "RESOURCE_NOT_FOUND"),
        (401, "UNAUTHORIZED"),
        (422, "DUPLICATE_RECORD"),
        (422, "already_a_member_in_organization"),
    ] {
        let body = with_first(errors(Code::AlreadyAMember), "/errors/0/code", Some(json!(code)));

        refused(check("POST", MEMBERSHIPS, status, &body), code);
    }
}

#[test]
fn null_is_allowed_only_where_the_contract_says_so() {
    let without_verification = with_address(user(), Value::Null);

    assert_eq!(check("POST", "/v1/users", 200, &without_verification), Ok(()));
    refused(check("POST", "/v1/users", 200, &with(user(), "/banned", Some(Value::Null))), "banned");
}

#[test]
fn a_verification_of_no_known_kind_is_refused() {
    let body = with_address(user(), json!({ "status": "verified", "strategy": "hearsay" }));

    refused(check("POST", "/v1/users", 200, &body), "body/email_addresses/0/verification");
}

fn with_address(user: Value, verification: Value) -> Value {
    let address = with(user["email_addresses"][0].clone(), "/verification", Some(verification));
    with(user, "/email_addresses", Some(json!([address])))
}
