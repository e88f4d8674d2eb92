//! Changing users: fields, primary addresses, metadata.

use guildhall_testing::{Http, TestServer};
use guildhall_types::ApiVersion;
use serde_json::{Value, json};

/// A user with something in every field; gives its path and how it reads.
async fn furnished(http: &Http) -> (String, Value) {
    let fields = json!({
        "first_name": "Ada", "last_name": "Neutral", "username": "ada", "external_id": "1",
        "email_address": ["a@example.com", "b@example.com"], "phone_number": ["+15555550100"],
        "locale": "en", "public_metadata": { "a": { "b": 1 } },
        "private_metadata": { "c": [null] }, "unsafe_metadata": { "d": 1 },
        "create_organizations_limit": 2, "legal_accepted_at": "2020-01-01T00:00:00Z",
    });
    let created = http.post("/v1/users", fields).await.ok();
    (format!("/v1/users/{}", created["id"].as_str().expect("an id")), created)
}

/// `before` with other values in some fields, among them always `updated_at` and the picture.
fn with(before: &Value, after: &Value, changes: Value) -> Value {
    let mut expected = before.clone();
    for (name, value) in changes.as_object().expect("an object") {
        expected[name] = value.clone();
    }
    for name in ["updated_at", "image_url", "profile_image_url"] {
        expected[name] = after[name].clone();
    }
    expected
}

#[tokio::test]
async fn changing_one_field_keeps_everything_else() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, mut before) = furnished(&http).await;

    for change in [
        json!({ "first_name": "Grace" }),
        json!({ "last_name": "Other" }),
        json!({ "username": "grace" }),
        json!({ "external_id": "2" }),
        json!({ "locale": "de" }),
        json!({ "delete_self_enabled": false }),
        json!({ "create_organization_enabled": false }),
        json!({ "create_organizations_limit": 9 }),
        json!({ "bypass_client_trust": true }),
    ] {
        let after = http.patch(&path, change.clone()).await.ok();

        assert_eq!(after, with(&before, &after, change.clone()), "{change}");
        assert!(after["updated_at"].as_i64() > before["updated_at"].as_i64(), "{change}");
        assert_eq!(http.get(&path).await.ok(), after);
        before = after;
    }
}

#[tokio::test]
async fn null_clears_what_a_person_can_be_without() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, mut before) = furnished(&http).await;

    for name in [
        "first_name",
        "last_name",
        "username",
        "external_id",
        "locale",
        "create_organizations_limit",
        "legal_accepted_at",
    ] {
        let after = http.patch(&path, json!({ name: null })).await.ok();

        assert_eq!(after, with(&before, &after, json!({ name: null })), "{name}");
        before = after;
    }
}

#[tokio::test]
async fn a_blank_name_is_cleared_like_null() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, _) = furnished(&http).await;

    let after = http.patch(&path, json!({ "first_name": "  ", "last_name": "" })).await.ok();

    assert_eq!((&after["first_name"], &after["last_name"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_cleared_name_shows_in_memberships_and_stays_in_every_order() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;
    let organization = http.organization(json!({ "name": "A" })).await;
    http.join(&organization, before["id"].as_str().unwrap(), "org:member").await;

    http.patch(&path, json!({ "last_name": null, "username": null })).await.ok();

    let memberships = format!("/v1/organizations/{organization}/memberships");
    let member = http.get(&memberships).await.ok()["data"][0]["public_user_data"].clone();
    assert_eq!((&member["last_name"], &member["username"]), (&Value::Null, &Value::Null));
    assert_eq!(member["first_name"], "Ada");
    for order in ["last_name", "-last_name", "username", "-username", "first_name"] {
        let members = http.get(&format!("{memberships}?order_by={order}")).await.ok();
        assert_eq!(members["data"].as_array().unwrap().len(), 1, "{order}");
        assert_eq!(http.get(&format!("/v1/users?order_by={order}")).await.ids().len(), 1);
    }
    assert_eq!(http.get("/v1/users?name_query=neutral").await.ids(), [""; 0]);
    assert_eq!(http.get("/v1/users?name_query=ada").await.ids().len(), 1);
}

#[tokio::test]
async fn an_update_with_the_same_values_or_with_none_changes_nothing() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;
    server.clock().advance(5_000);
    let same = json!({
        "first_name": "Ada", "last_name": "Neutral", "username": "ada", "external_id": "1",
        "locale": "en", "legal_accepted_at": "2020-01-01T00:00:00Z",
        "primary_email_address_id": before["primary_email_address_id"],
    });

    assert_eq!(http.patch(&path, same).await.ok(), before);
    assert_eq!(http.patch(&path, json!({})).await.ok(), before);
    assert_eq!(http.send(http.request(reqwest::Method::PATCH, &path)).await.ok(), before);
}

#[tokio::test]
async fn updated_at_rises_although_the_clock_goes_back() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;
    server.clock().advance(-3_600_000);

    let after = http.patch(&path, json!({ "first_name": "Grace" })).await.ok();

    assert!(after["updated_at"].as_i64() > before["updated_at"].as_i64());
}

#[tokio::test]
async fn another_address_becomes_the_primary_one() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;
    let organization = http.organization(json!({ "name": "A" })).await;
    http.join(&organization, before["id"].as_str().unwrap(), "org:member").await;
    let second = before["email_addresses"][1]["id"].clone();

    let after = http.patch(&path, json!({ "primary_email_address_id": second })).await.ok();

    assert_eq!(after["primary_email_address_id"], second);
    let members = http.get(&format!("/v1/organizations/{organization}/memberships")).await.ok();
    assert_eq!(members["data"][0]["public_user_data"]["identifier"], "b@example.com");
}

#[tokio::test]
async fn an_address_the_user_does_not_have_does_not_become_the_primary_one() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;
    let other = http.post("/v1/users", json!({ "email_address": ["c@example.com"] })).await.ok();

    for name in ["primary_email_address_id", "primary_phone_number_id", "primary_web3_wallet_id"] {
        for id in [&json!("idn_unknown"), &other["primary_email_address_id"]] {
            let answer = http.patch(&path, json!({ name: id, "first_name": "Grace" })).await;
            assert_eq!(answer.faults(), [format!("404 resource_not_found {name}")]);
        }
    }
    assert_eq!(http.get(&path).await.ok(), before);
}

#[tokio::test]
async fn a_reserved_address_does_not_become_the_primary_one() {
    let server = TestServer::start().await;
    let http = server.http();
    let fields = json!({
        "email_address": ["a@example.com", "b@example.com"],
        "email_address_identification_status": ["verified", "reserved"],
    });
    let user = http.post("/v1/users", fields).await.ok();
    let path = format!("/v1/users/{}", user["id"].as_str().unwrap());

    let body = json!({ "primary_email_address_id": user["email_addresses"][1]["id"] });
    let answer = http.patch(&path, body).await;

    assert_eq!(answer.faults(), ["422 form_verification_needed primary_email_address_id"]);
}

#[tokio::test]
async fn unknown_and_unserved_fields_of_an_update_are_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;

    let unknown = http.patch(&path, json!({ "email_address": ["x@x.io"], "banned": true })).await;
    let unserved = http.patch(&path, json!({ "profile_image_id": "img_1" })).await;

    let expected = ["422 form_param_unknown banned", "422 form_param_unknown email_address"];
    assert_eq!(unknown.faults(), expected);
    assert_eq!(unserved.faults(), ["422 form_param_unknown profile_image_id"]);
    assert_eq!(http.get(&path).await.ok(), before);
}

#[tokio::test]
async fn an_unknown_user_cannot_be_changed() {
    let server = TestServer::start().await;
    let http = server.http();
    let path = "/v1/users/user_unknown";
    let metadata = format!("{path}/metadata");

    for answer in [
        http.patch(path, json!({ "first_name": "Ada" })).await,
        http.patch(path, json!({})).await,
        http.patch(&metadata, json!({})).await,
        http.put(&metadata, json!({})).await,
        http.delete(path).await,
    ] {
        assert_eq!(answer.faults(), ["404 resource_not_found"]);
    }
}

#[tokio::test]
async fn metadata_is_merged_by_patch_and_replaced_by_put() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;
    let metadata = format!("{path}/metadata");

    let body = json!({ "public_metadata": { "a": { "x": 2 } }, "unsafe_metadata": { "d": null } });
    let merged = http.patch(&metadata, body).await.ok();
    let replaced =
        http.put(&metadata, json!({ "public_metadata": { "n": null, "z": 1 } })).await.ok();

    let changes = json!({ "public_metadata": { "a": { "b": 1, "x": 2 } }, "unsafe_metadata": {} });
    assert_eq!(merged, with(&before, &merged, changes));
    assert_eq!(replaced, with(&merged, &replaced, json!({ "public_metadata": { "z": 1 } })));
    assert_eq!(http.get(&path).await.ok(), replaced);
}

#[tokio::test]
async fn metadata_of_a_user_takes_three_fields_and_no_other() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, _) = furnished(&http).await;
    let metadata = format!("{path}/metadata");

    for field in ["public_metadata", "private_metadata", "unsafe_metadata"] {
        let body = json!({ field: null });
        let expected = [format!("422 form_param_nil {field}")];
        assert_eq!(http.patch(&metadata, body.clone()).await.faults(), expected);
        assert_eq!(http.put(&metadata, body).await.faults(), expected);
    }
    let answer = http.patch(&metadata, json!({ "first_name": "x", "metadata": {} })).await;
    let expected = ["422 form_param_unknown first_name", "422 form_param_unknown metadata"];
    assert_eq!(answer.faults(), expected);
}

#[tokio::test]
async fn an_update_replaces_metadata_whole_in_versions_before_2026_05_12() {
    let server = TestServer::start().await;
    let older = ApiVersion::ALL.into_iter().filter(|version| *version < ApiVersion::V2026_05_12);

    for version in older {
        let http = server.http().with_version(version);
        let fields = json!({ "public_metadata": { "a": 1 }, "private_metadata": { "b": 1 } });
        let path = format!("/v1/users/{}", http.user(fields).await);

        let body = json!({ "public_metadata": { "z": 1 }, "unsafe_metadata": { "u": 1 } });
        let after = http.patch(&path, body).await.ok();

        assert_eq!(after["public_metadata"], json!({ "z": 1 }), "{version}");
        assert_eq!(after["private_metadata"], json!({ "b": 1 }), "{version}");
        assert_eq!(after["unsafe_metadata"], json!({ "u": 1 }), "{version}");
    }
}

#[tokio::test]
async fn an_update_takes_no_metadata_from_2026_05_12_on() {
    let server = TestServer::start().await;
    let http = server.http().with_version(ApiVersion::V2026_05_12);
    let (path, before) = furnished(&http).await;

    let body = json!({ "public_metadata": {}, "private_metadata": {}, "unsafe_metadata": null });
    let mut faults = http.patch(&path, body).await.faults();

    faults.sort();
    let names = ["private_metadata", "public_metadata", "unsafe_metadata"];
    assert_eq!(faults, names.map(|name| format!("422 form_param_unknown {name}")));
    assert_eq!(http.get(&path).await.ok(), before);
}
