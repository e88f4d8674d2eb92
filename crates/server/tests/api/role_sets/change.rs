//! Changing role sets, adding roles, and what depends on the initial one.

use guildhall_testing::TestServer;
use serde_json::json;

use super::{PATH, keys, role_set};

const DEFAULT: &str = "/v1/role_sets/role_set:default";
const SETTINGS: &str = "/v1/instance/organization_settings";

#[tokio::test]
async fn what_is_sent_changes_and_the_rest_stays() {
    let server = TestServer::start().await;
    let http = server.http();
    let before = role_set(&http, "role_set:pro", &["org:admin", "org:member"]).await;
    let path = format!("{PATH}/{}", before["id"].as_str().unwrap());

    let fields = json!({ "name": "Pro", "key": "role_set:best", "default_role_key": "org:admin" });
    let changed = http.patch(&path, fields).await.ok();
    let nulls = json!({
        "name": null, "key": null, "description": null, "type": null, "default_role_key": null,
        "creator_role_key": null,
    });

    assert_eq!(changed["name"], "Pro");
    assert_eq!(changed["default_role"]["key"], "org:admin");
    assert!(changed["updated_at"].as_i64() > before["updated_at"].as_i64());
    assert_eq!(http.patch(&path, nulls).await.ok(), changed);
    assert_eq!(http.get(&format!("{PATH}/role_set:best")).await.ok(), changed);
    assert_eq!(
        http.get(&format!("{PATH}/role_set:pro")).await.faults(),
        ["404 resource_not_found"]
    );
    for (fields, fault) in [
        (json!({ "key": "role_set:default" }), "422 form_identifier_exists key"),
        (json!({ "default_role_key": "org:x" }), "404 resource_not_found default_role_key"),
        (
            json!({ "creator_role_key": "org:member" }),
            "422 organization_missing_creator_role_permissions creator_role_key",
        ),
        (json!({ "type": "custom" }), "422 form_param_value_invalid type"),
    ] {
        assert_eq!(http.patch(&path, fields).await.faults(), [fault]);
    }
    assert_eq!(http.get(&path).await.ok(), changed);
}

#[tokio::test]
async fn one_set_is_initial_and_new_organizations_get_it() {
    let server = TestServer::start().await;
    let http = server.http();
    http.role("org:chief", &minimum(&http).await).await;
    let fields = json!({
        "name": "Chiefs", "key": "role_set:chiefs", "roles": ["org:chief"], "type": "initial",
        "default_role_key": "org:chief", "creator_role_key": "org:chief",
    });

    let set = http.post(PATH, fields).await.ok();

    assert_eq!(set["type"], "initial");
    assert_eq!(http.get(DEFAULT).await.ok()["type"], "custom");
    let settings = http.get(SETTINGS).await.ok();
    assert_eq!(settings["initial_role_set_key"], "role_set:chiefs");
    assert_eq!(settings["creator_role"], "org:chief");
    assert_eq!(settings["domains_default_role"], "org:chief");
    let (organization, admin) = http.organization_with_admin().await;
    let shown = http.get(&format!("/v1/organizations/{organization}")).await.ok();
    assert_eq!(shown["role_set_key"], "role_set:chiefs");
    assert_eq!(super::role_of(&http, &organization, &admin).await, "org:chief");
    http.patch(DEFAULT, json!({ "type": "initial" })).await.ok();
    let custom = http.get(&format!("{PATH}/role_set:chiefs")).await.ok();
    assert_eq!(custom["type"], "custom");
}

/// The ids of the minimum permissions.
async fn minimum(http: &guildhall_testing::Http) -> [&'static str; 3] {
    let mut ids = Vec::new();
    for key in ["org:sys_memberships:manage", "org:sys_memberships:read", "org:sys_profile:delete"]
    {
        let id: &'static str = http.id_of_key("permissions", key).await.leak();
        ids.push(id);
    }
    ids.try_into().expect("three are three")
}

#[tokio::test]
async fn what_is_set_about_creators_is_that_of_the_initial_set_which_gets_the_role() {
    let server = TestServer::start().await;
    let http = server.http();
    let fields = json!({
        "name": "Chief", "key": "org:chief", "permissions": minimum(&http).await,
    });
    let chief = http.post("/v1/organization_roles", fields).await.text_at("/id");
    assert_eq!(keys(&http.get(DEFAULT).await.ok()), ["org:admin", "org:member"]);

    http.patch(SETTINGS, json!({ "creator_role_id": chief })).await.ok();

    let set = http.get(DEFAULT).await.ok();
    assert_eq!(keys(&set), ["org:admin", "org:member", "org:chief"]);
    assert_eq!(set["creator_role"]["key"], "org:chief");
    let changed = http.patch(DEFAULT, json!({ "creator_role_key": "org:admin" })).await.ok();
    assert_eq!(changed["creator_role"]["key"], "org:admin");
    assert_eq!(http.get(SETTINGS).await.ok()["creator_role"], "org:admin");
}

#[tokio::test]
async fn a_creator_role_of_any_set_keeps_the_minimum_permissions() {
    let server = TestServer::start().await;
    let http = server.http();
    let minimum = minimum(&http).await;
    let chief = http.role("org:chief", &minimum).await;
    role_set(&http, "role_set:chiefs", &["org:chief"]).await;

    let path = format!("/v1/organization_roles/{chief}");
    let refused = http.patch(&path, json!({ "permissions": [minimum[0]] })).await;

    let fault = "422 organization_missing_creator_role_permissions";
    assert_eq!(refused.faults(), [fault]);
    assert_eq!(http.get(&path).await.ok()["permissions"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn roles_are_added_and_those_there_stay() {
    let server = TestServer::start().await;
    let http = server.http();
    http.role("org:editor", &[]).await;
    role_set(&http, "role_set:pro", &["org:admin"]).await;
    let path = format!("{PATH}/role_set:pro/roles");

    let fields = json!({
        "role_keys": ["org:editor", "org:admin"], "default_role_key": "org:editor",
    });
    let changed = http.post(&path, fields.clone()).await.ok();

    assert_eq!(keys(&changed), ["org:admin", "org:editor"]);
    assert_eq!(changed["default_role"]["key"], "org:editor");
    assert_eq!(changed["creator_role"]["key"], "org:admin");
    assert_eq!(http.post(&path, fields).await.ok(), changed);
    let eleven: Vec<String> = (0..11).map(|number| format!("org:{number}")).collect();
    for (fields, fault) in [
        (json!({}), "422 form_param_missing role_keys"),
        (json!({ "role_keys": [] }), "422 form_param_value_invalid role_keys"),
        (json!({ "role_keys": eleven }), "422 form_param_array_size_exceeded role_keys"),
        (json!({ "role_keys": ["org:x"] }), "404 resource_not_found role_keys"),
        (
            json!({ "role_keys": ["org:admin"], "default_role_key": "org:member" }),
            "422 form_param_value_invalid default_role_key",
        ),
        (
            json!({ "role_keys": ["org:admin"], "creator_role_key": "org:editor" }),
            "422 organization_missing_creator_role_permissions creator_role_key",
        ),
    ] {
        assert_eq!(http.post(&path, fields).await.faults(), [fault]);
    }
    assert_eq!(http.get(&format!("{PATH}/role_set:pro")).await.ok(), changed);
}

#[tokio::test]
async fn a_role_that_is_deleted_is_in_no_set_any_more() {
    let server = TestServer::start().await;
    let http = server.http();
    let editor = http.role("org:editor", &[]).await;
    let chief = http.role("org:chief", &minimum(&http).await).await;
    role_set(&http, "role_set:chiefs", &["org:chief", "org:editor"]).await;
    let path = |role: &str| format!("/v1/organization_roles/{role}");

    let creator = http.delete(&path(&chief)).await;
    let default = http.delete(&path(&editor)).await;
    let fields = json!({ "default_role_key": "org:chief" });
    http.patch(&format!("{PATH}/role_set:chiefs"), fields).await.ok();
    http.delete(&path(&editor)).await.ok();

    assert_eq!(creator.faults(), ["422 organization_role_default_creator_role"]);
    assert_eq!(default.faults(), ["422 organization_role_domain_default_role"]);
    assert_eq!(keys(&http.get(&format!("{PATH}/role_set:chiefs")).await.ok()), ["org:chief"]);
    assert!(!keys(&http.get(DEFAULT).await.ok()).contains(&"org:editor"));
}

#[tokio::test]
async fn an_instance_without_organizations_has_no_role_sets_to_tell() {
    let server = TestServer::start().await;
    let http = server.http();
    http.patch(SETTINGS, json!({ "enabled": false })).await.ok();

    let refused = http.get(PATH).await;

    assert_eq!(refused.faults(), ["403 organization_not_enabled_in_instance"]);
}
