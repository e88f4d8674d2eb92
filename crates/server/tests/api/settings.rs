//! The instance, and what it has set about organizations.

use guildhall_testing::TestServer;
use serde_json::{Value, json};

const PATH: &str = "/v1/instance/organization_settings";

#[tokio::test]
async fn an_instance_tells_what_it_is() {
    let server = TestServer::start().await;

    let instance = server.http().get("/v1/instance").await.ok();

    assert_eq!(instance["object"], "instance");
    assert!(instance["id"].as_str().unwrap().starts_with("ins_"), "{instance}");
    assert_eq!(instance["environment_type"], "development");
    assert_eq!(instance["allowed_origins"], Value::Null);
}

#[tokio::test]
async fn a_new_instance_has_organizations_without_limits() {
    let server = TestServer::start().await;

    let settings = server.http().get(PATH).await.ok();

    assert_eq!(
        settings,
        json!({
            "object": "organization_settings",
            "enabled": true,
            "max_allowed_memberships": 0,
            "max_allowed_roles": 10,
            "max_role_sets_allowed": 10,
            "max_allowed_domains": 0,
            "creator_role": "org:admin",
            "admin_delete_enabled": true,
            "domains_enabled": false,
            "slug_disabled": false,
            "domains_enrollment_modes": [],
            "domains_default_role": "org:member",
            "initial_role_set_key": "role_set:default",
        })
    );
}

#[tokio::test]
async fn what_is_not_sent_or_null_stays() {
    let server = TestServer::start().await;
    let http = server.http();
    let changed = http.patch(PATH, json!({ "max_allowed_memberships": 5 })).await.ok();
    assert_eq!(changed["max_allowed_memberships"], 5);

    let nulls = json!({
        "enabled": null, "max_allowed_memberships": null, "admin_delete_enabled": null,
        "domains_enabled": null, "slug_disabled": null, "creator_role_id": null,
        "domains_default_role_id": null,
    });
    assert_eq!(http.patch(PATH, json!({})).await.ok(), changed);
    assert_eq!(http.patch(PATH, nulls).await.ok(), changed);
    assert_eq!(http.get(PATH).await.ok(), changed);
}

#[tokio::test]
async fn faults_of_settings_are_told_at_once_and_change_nothing() {
    let server = TestServer::start().await;
    let http = server.http();
    let before = http.get(PATH).await.ok();

    let fields = json!({
        "enabled": "no", "max_allowed_memberships": -1, "slug_disabled": true,
        "domains_enabled": true, "color": "red",
    });
    let refused = http.patch(PATH, fields).await;

    assert_eq!(
        refused.faults(),
        [
            "422 form_param_value_invalid enabled",
            "422 form_param_value_invalid max_allowed_memberships",
            "422 form_param_unknown domains_enabled",
            "422 form_param_unknown color",
        ]
    );
    assert_eq!(http.get(PATH).await.ok(), before);
}

#[tokio::test]
async fn an_instance_without_organizations_refuses_everything_about_them() {
    let server = TestServer::start().await;
    let http = server.http();
    let (organization, user) = http.organization_with_admin().await;
    http.patch(PATH, json!({ "enabled": false })).await.ok();

    let path = format!("/v1/organizations/{organization}");
    for answer in [
        http.get("/v1/organizations").await,
        http.post("/v1/organizations", json!({ "name": "B" })).await,
        http.get(&path).await,
        http.get(&format!("{path}/memberships")).await,
        http.delete(&format!("{path}/memberships/{user}")).await,
        http.get("/v1/organization_memberships").await,
        http.get("/v1/organization_roles").await,
        http.get(&format!("/v1/users/{user}/organization_memberships")).await,
        http.get(&format!("/v1/users?organization_id={organization}")).await,
        http.get(&format!("/v1/users/count?organization_id=-{organization}")).await,
    ] {
        assert_eq!(answer.faults(), ["403 organization_not_enabled_in_instance"], "{answer:?}");
    }
    http.get(&format!("/v1/users/{user}")).await.ok();
    server.another_instance().await.get("/v1/organizations").await.ok();

    let session = http.post("/v1/sessions", json!({ "user_id": user })).await.ok();
    assert_eq!(session["last_active_organization_id"], Value::Null);
    let named = json!({ "user_id": user, "active_organization_id": organization });
    let refused = http.post("/v1/sessions", named).await;
    assert_eq!(refused.faults(), ["403 organization_not_enabled_in_instance"]);

    http.patch(PATH, json!({ "enabled": true })).await.ok();
    let path = format!("/v1/sessions/{}", session["id"].as_str().unwrap());
    let shown = http.get(&path).await.ok();
    assert_eq!(shown["last_active_organization_id"], organization);
    assert_eq!(http.state_of(&organization).await["memberships"]["total_count"], 1);
}

#[tokio::test]
async fn new_organizations_get_what_is_set_and_old_ones_keep_what_they_have() {
    let server = TestServer::start().await;
    let http = server.http();
    let old = http.organization(json!({ "name": "Old" })).await;
    let fields = json!({ "max_allowed_memberships": 3, "admin_delete_enabled": false });
    http.patch(PATH, fields).await.ok();

    let new = http.organization(json!({ "name": "New" })).await;
    let own = http.organization(json!({ "name": "Own", "max_allowed_memberships": 7 })).await;

    let mut limits = Vec::new();
    for id in [old, new, own] {
        let organization = http.get(&format!("/v1/organizations/{id}")).await.ok();
        limits.push(json!([
            organization["max_allowed_memberships"],
            organization["admin_delete_enabled"],
        ]));
    }
    assert_eq!(limits, [json!([0, true]), json!([3, false]), json!([7, false])]);
}

#[tokio::test]
async fn slugs_that_are_off_are_made_and_not_taken_from_requests() {
    let server = TestServer::start().await;
    let http = server.http();
    http.patch(PATH, json!({ "slug_disabled": true })).await.ok();

    let made = http.post("/v1/organizations", json!({ "name": "Acme" })).await.ok();
    let named = http.post("/v1/organizations", json!({ "name": "Acme", "slug": "a" })).await;
    let path = format!("/v1/organizations/{}", made["id"].as_str().unwrap());
    let changed = http.patch(&path, json!({ "slug": "b" })).await;

    assert_eq!(made["slug"], "acme");
    for refused in [named, changed] {
        assert_eq!(refused.faults(), ["403 organization_slugs_disabled slug"]);
    }
    http.patch(&path, json!({ "name": "Acme 2" })).await.ok();
}

#[tokio::test]
async fn creators_get_the_creator_role_and_it_follows_a_new_key() {
    let server = TestServer::start().await;
    let http = server.http();
    let mut minimum = Vec::new();
    for key in ["org:sys_memberships:manage", "org:sys_memberships:read", "org:sys_profile:delete"]
    {
        minimum.push(http.id_of_key("permissions", key).await);
    }
    let minimum: Vec<&str> = minimum.iter().map(String::as_str).collect();
    let owner = http.role("org:owner", &minimum).await;
    let weak = http.role("org:weak", &minimum[1..]).await;

    let refused = http.patch(PATH, json!({ "creator_role_id": weak })).await;
    let code = "422 organization_missing_creator_role_permissions creator_role_id";
    assert_eq!(refused.faults(), [code]);
    for name in ["creator_role_id", "domains_default_role_id"] {
        let unknown = http.patch(PATH, json!({ name: "role_none" })).await;
        assert_eq!(unknown.faults(), [format!("404 resource_not_found {name}")]);
    }

    let roles = json!({ "creator_role_id": owner, "domains_default_role_id": weak });
    http.patch(PATH, roles).await.ok();
    let renamed = json!({ "key": "org:founder" });
    http.patch(&format!("/v1/organization_roles/{owner}"), renamed).await.ok();

    let settings = http.get(PATH).await.ok();
    assert_eq!(settings["creator_role"], "org:founder");
    assert_eq!(settings["domains_default_role"], "org:weak");
    let (organization, _) = http.organization_with_admin().await;
    let state = http.state_of(&organization).await;
    assert_eq!(state["memberships"]["data"][0]["role"], "org:founder");
    let used = http.delete(&format!("/v1/organization_roles/{owner}")).await;
    assert_eq!(used.faults(), ["422 organization_role_default_creator_role"]);
    let admin = http.id_of_key("roles", "org:admin").await;
    http.delete(&format!("/v1/organization_roles/{admin}")).await.ok();
}
