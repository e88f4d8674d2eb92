//! Changing organizations: fields, metadata, and what the version of the API decides.

use guildhall_testing::{Http, TestServer};
use guildhall_types::ApiVersion;
use serde_json::{Value, json};

/// An organization with something in every field; gives its path and how it reads.
async fn furnished(http: &Http) -> (String, Value) {
    let fields = json!({
        "name": "Acme", "slug": "acme", "max_allowed_memberships": 7,
        "public_metadata": { "plan": "x", "flags": { "archived": true } },
        "private_metadata": { "note": [1, null] },
        "created_at": "2020-01-01T00:00:00Z",
    });
    let created = http.post("/v1/organizations", fields).await.ok();
    (format!("/v1/organizations/{}", created["id"].as_str().expect("an id")), created)
}

/// `before` with other values in some fields, among them always `updated_at` and the picture,
/// which may follow the name.
fn with(before: &Value, after: &Value, changes: Value) -> Value {
    let mut expected = before.clone();
    for (name, value) in changes.as_object().expect("an object") {
        expected[name] = value.clone();
    }
    for name in ["updated_at", "image_url"] {
        expected[name] = after[name].clone();
    }
    expected
}

#[tokio::test]
async fn changing_the_name_keeps_everything_else() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;

    let after = http.patch(&path, json!({ "name": "New" })).await.ok();

    assert_eq!(after, with(&before, &after, json!({ "name": "New" })));
    assert!(after["updated_at"].as_i64() > before["updated_at"].as_i64());
    assert_eq!(http.get(&path).await.ok(), after);
}

#[tokio::test]
async fn every_field_can_be_changed_at_once() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;

    let fields = json!({
        "name": "New", "slug": "new", "max_allowed_memberships": 3, "admin_delete_enabled": false,
        "created_at": "2021-01-01T00:00:00Z",
    });
    let after = http.patch(&path, fields).await.ok();

    let changes = json!({
        "name": "New", "slug": "new", "max_allowed_memberships": 3, "admin_delete_enabled": false,
        "created_at": 1_609_459_200_000_i64,
    });
    assert_eq!(after, with(&before, &after, changes));
}

#[tokio::test]
async fn null_changes_nothing_in_any_field() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;

    for field in [
        "name",
        "slug",
        "max_allowed_memberships",
        "admin_delete_enabled",
        "created_at",
        "role_set_key",
        "public_metadata",
        "private_metadata",
    ] {
        assert_eq!(http.patch(&path, json!({ field: null })).await.ok(), before, "{field}");
    }
}

#[tokio::test]
async fn an_empty_update_changes_nothing() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;

    assert_eq!(http.patch(&path, json!({})).await.ok(), before);
    assert_eq!(http.patch(&path, Value::Null).await.ok(), before);
    let absent = http.request(reqwest::Method::PATCH, &path);
    assert_eq!(http.send(absent).await.ok(), before);
}

#[tokio::test]
async fn unknown_fields_of_an_update_are_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;

    let answer = http.patch(&path, json!({ "name": "New", "created_by": "x", "id": "y" })).await;

    let expected = ["422 form_param_unknown created_by", "422 form_param_unknown id"];
    assert_eq!(answer.faults(), expected);
    assert_eq!(http.get(&path).await.ok(), before);
}

#[tokio::test]
async fn an_unknown_organization_is_told_before_the_faults_of_the_body() {
    let server = TestServer::start().await;
    let http = server.http();

    for suffix in ["", "/metadata"] {
        let path = format!("/v1/organizations/org_unknown{suffix}");
        assert_eq!(http.patch(&path, json!({ "x": 1 })).await.faults(), ["404 resource_not_found"]);
    }
    let path = "/v1/organizations/org_unknown/metadata";
    assert_eq!(http.put(path, json!({ "x": 1 })).await.faults(), ["404 resource_not_found"]);
}

#[tokio::test]
async fn a_lowered_limit_keeps_members_and_stops_new_ones() {
    let server = TestServer::start().await;
    let http = server.http();
    let (id, _) = http.organization_with_admin().await;
    http.member(&id).await;
    let newcomer = http.anybody().await;
    let path = format!("/v1/organizations/{id}");

    http.patch(&path, json!({ "max_allowed_memberships": 1 })).await.ok();

    let body = json!({ "user_id": newcomer, "role": "org:member" });
    let refused = http.post(&format!("{path}/memberships"), body).await;
    assert_eq!(refused.faults(), ["403 organization_membership_quota_exceeded"]);
    assert_eq!(http.get(&format!("{path}/memberships")).await.ok()["total_count"], 2);
}

#[tokio::test]
async fn a_raised_limit_lets_members_in_again() {
    let server = TestServer::start().await;
    let http = server.http();
    let creator = http.anybody().await;
    let fields = json!({ "name": "A", "created_by": creator, "max_allowed_memberships": 1 });
    let id = http.organization(fields).await;
    let path = format!("/v1/organizations/{id}");

    http.patch(&path, json!({ "max_allowed_memberships": 2 })).await.ok();
    http.member(&id).await;

    assert_eq!(http.get(&format!("{path}/memberships")).await.ok()["total_count"], 2);
}

#[tokio::test]
async fn merging_metadata_keeps_what_is_not_named() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;

    let body = json!({ "public_metadata": { "plan": "y" } });
    let after = http.patch(&format!("{path}/metadata"), body).await.ok();

    let public = json!({ "plan": "y", "flags": { "archived": true } });
    assert_eq!(after, with(&before, &after, json!({ "public_metadata": public })));
}

#[tokio::test]
async fn replacing_metadata_replaces_the_field_given_whole() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;

    let body = json!({ "private_metadata": { "only": 1 } });
    let after = http.put(&format!("{path}/metadata"), body).await.ok();

    assert_eq!(after, with(&before, &after, json!({ "private_metadata": { "only": 1 } })));
    assert_eq!(http.get(&path).await.ok(), after);
}

#[tokio::test]
async fn replacing_metadata_by_an_empty_object_clears_it() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;

    let after = http.put(&format!("{path}/metadata"), json!({ "public_metadata": {} })).await.ok();

    assert_eq!(after, with(&before, &after, json!({ "public_metadata": {} })));
}

#[tokio::test]
async fn replacing_no_metadata_changes_nothing() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;

    assert_eq!(http.put(&format!("{path}/metadata"), json!({})).await.ok(), before);
}

#[tokio::test]
async fn null_or_anything_but_an_object_is_no_metadata() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, before) = furnished(&http).await;
    let metadata = format!("{path}/metadata");

    for field in ["public_metadata", "private_metadata"] {
        let (merged, replaced) = (
            http.patch(&metadata, json!({ field: null })),
            http.put(&metadata, json!({ field: null })),
        );
        assert_eq!(merged.await.faults(), [format!("422 form_param_nil {field}")]);
        assert_eq!(replaced.await.faults(), [format!("422 form_param_nil {field}")]);
        for value in [json!("{}"), json!([]), json!(1), json!(true)] {
            let body = json!({ field: value });
            let expected = [format!("422 form_param_value_invalid {field}")];
            assert_eq!(http.patch(&metadata, body.clone()).await.faults(), expected);
            assert_eq!(http.put(&metadata, body).await.faults(), expected);
        }
    }
    assert_eq!(http.get(&path).await.ok(), before);
}

#[tokio::test]
async fn metadata_takes_no_other_field() {
    let server = TestServer::start().await;
    let http = server.http();
    let (path, _) = furnished(&http).await;
    let metadata = format!("{path}/metadata");
    let body = json!({ "unsafe_metadata": {}, "name": "New" });

    let expected = ["422 form_param_unknown name", "422 form_param_unknown unsafe_metadata"];
    assert_eq!(http.patch(&metadata, body.clone()).await.faults(), expected);
    assert_eq!(http.put(&metadata, body).await.faults(), expected);
}

#[tokio::test]
async fn an_update_replaces_metadata_whole_in_versions_before_2026_05_12() {
    let server = TestServer::start().await;
    let older = ApiVersion::ALL.into_iter().filter(|version| *version < ApiVersion::V2026_05_12);

    for (index, version) in older.enumerate() {
        let http = server.http().with_version(version);
        let fields = json!({
            "name": format!("Acme {index}"), "public_metadata": { "a": 1 },
            "private_metadata": { "b": 1 },
        });
        let path = format!("/v1/organizations/{}", http.organization(fields).await);

        let after = http.patch(&path, json!({ "public_metadata": { "z": 1 } })).await.ok();

        assert_eq!(after["public_metadata"], json!({ "z": 1 }), "{version}");
        assert_eq!(after["private_metadata"], json!({ "b": 1 }), "{version}");
    }
}

#[tokio::test]
async fn an_update_takes_no_metadata_from_2026_05_12_on() {
    let server = TestServer::start().await;
    let http = server.http().with_version(ApiVersion::V2026_05_12);
    let (path, before) = furnished(&http).await;

    let body = json!({ "public_metadata": { "z": 1 }, "private_metadata": null, "name": "New" });
    let mut faults = http.patch(&path, body).await.faults();

    faults.sort();
    let expected =
        ["422 form_param_unknown private_metadata", "422 form_param_unknown public_metadata"];
    assert_eq!(faults, expected);
    assert_eq!(http.get(&path).await.ok(), before);
}

#[tokio::test]
async fn an_update_shows_in_memberships_at_once() {
    let server = TestServer::start().await;
    let http = server.http();
    let (id, _) = http.organization_with_admin().await;
    let path = format!("/v1/organizations/{id}");

    let after = http.patch(&path, json!({ "name": "New", "slug": "new-one" })).await.ok();

    let members = http.get(&format!("{path}/memberships")).await.ok();
    assert_eq!(members["data"][0]["organization"], after);
}
