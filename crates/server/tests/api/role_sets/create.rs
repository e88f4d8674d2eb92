//! Making, reading and listing role sets.

use guildhall_testing::TestServer;
use serde_json::{Value, json};

use super::{PATH, keys, role_set};

#[tokio::test]
async fn an_instance_begins_with_an_initial_set_of_both_roles() {
    let server = TestServer::start().await;
    let http = server.http();

    let page = http.get(PATH).await.ok();

    assert_eq!(page["total_count"], 1);
    let set = &page["data"][0];
    assert_eq!(set["object"], "role_set");
    assert_eq!(set["key"], "role_set:default");
    assert_eq!(set["type"], "initial");
    assert_eq!(keys(set), ["org:admin", "org:member"]);
    assert_eq!(set["creator_role"]["key"], "org:admin");
    assert_eq!(set["default_role"]["key"], "org:member");
    assert_eq!(set["role_set_migration"], Value::Null);
    for named in [&set["key"], &set["id"]] {
        let path = format!("{PATH}/{}", named.as_str().unwrap());
        assert_eq!(http.get(&path).await.ok(), *set);
    }
    let other = server.another_instance().await.get(PATH).await.ok();
    assert_ne!(other["data"][0]["id"], set["id"]);
}

#[tokio::test]
async fn a_set_has_every_required_key() {
    let server = TestServer::start().await;
    let http = server.http();
    http.role("org:editor", &[]).await;
    let fields = json!({
        "name": "Pro plan",
        "description": "For who pays",
        "roles": ["org:editor", "org:admin"],
        "default_role_key": "org:editor",
        "creator_role_key": "org:admin",
        "type": "custom",
    });

    let set = http.post(PATH, fields.clone()).await.ok();

    assert_eq!(set["name"], "Pro plan");
    assert_eq!(set["key"], "role_set:pro_plan");
    assert_eq!(set["description"], "For who pays");
    assert_eq!(set["type"], "custom");
    assert_eq!(keys(&set), ["org:admin", "org:editor"]);
    let editor = &set["roles"][1];
    assert_eq!(*editor, set["default_role"]);
    assert_eq!(editor["object"], "role_set_item");
    assert_eq!(editor["members_count"], 0);
    assert_eq!(editor["has_members"], false);
    let again = http.post(PATH, fields).await.ok();
    assert_ne!(again["key"], set["key"]);
    assert!(again["key"].as_str().unwrap().starts_with("role_set:pro_plan_"), "{again}");
}

#[tokio::test]
async fn all_faults_of_a_new_set_are_told_at_once() {
    let server = TestServer::start().await;
    let http = server.http();

    let nothing = http.post(PATH, json!({})).await;
    let wrong = json!({
        "name": " ", "key": "pro", "description": 5, "roles": [], "default_role_key": null,
        "creator_role_key": 1, "type": "best", "color": "red",
    });
    let wrong = http.post(PATH, wrong).await;
    let eleven: Vec<String> = (0..11).map(|number| format!("org:{number}")).collect();
    let many = json!({
        "name": "A", "roles": eleven, "default_role_key": "org:0", "creator_role_key": "org:0",
    });
    let many = http.post(PATH, many).await;

    assert_eq!(
        nothing.faults(),
        [
            "422 form_param_missing name",
            "422 form_param_missing default_role_key",
            "422 form_param_missing creator_role_key",
            "422 form_param_missing roles",
        ]
    );
    assert_eq!(
        wrong.faults(),
        [
            "422 form_param_value_invalid name",
            "422 form_param_format_invalid key",
            "422 form_param_value_invalid description",
            "422 form_param_nil default_role_key",
            "422 form_param_value_invalid creator_role_key",
            "422 form_param_value_invalid type",
            "422 form_param_value_invalid roles",
            "422 form_param_unknown color",
        ]
    );
    assert_eq!(many.faults(), ["422 form_param_array_size_exceeded roles"]);
    assert_eq!(http.get(PATH).await.ok()["total_count"], 1);
}

#[tokio::test]
async fn the_roles_of_a_set_must_exist_and_those_chosen_be_among_them() {
    let server = TestServer::start().await;
    let http = server.http();
    let fields = |roles: Value, default: &str, creator: &str| {
        json!({
            "name": "A", "roles": roles, "default_role_key": default, "creator_role_key": creator,
        })
    };
    for (roles, default, creator, fault) in [
        (json!(["org:x"]), "org:x", "org:x", "404 resource_not_found roles"),
        (
            json!(["org:admin"]),
            "org:member",
            "org:admin",
            "422 form_param_value_invalid default_role_key",
        ),
        (
            json!(["org:member"]),
            "org:member",
            "org:member",
            "422 organization_missing_creator_role_permissions creator_role_key",
        ),
    ] {
        let refused = http.post(PATH, fields(roles, default, creator)).await;
        assert_eq!(refused.faults(), [fault]);
    }
    assert_eq!(http.get(PATH).await.ok()["total_count"], 1);
}

#[tokio::test]
async fn a_key_is_taken_once_and_the_number_of_sets_is_limited() {
    let server = TestServer::start().await;
    let http = server.http();
    let fields = |key: String| {
        json!({
            "name": "A", "key": key, "roles": ["org:admin"], "default_role_key": "org:admin",
            "creator_role_key": "org:admin",
        })
    };
    for number in 1..10 {
        http.post(PATH, fields(format!("role_set:{number}"))).await.ok();
    }

    let taken = http.post(PATH, fields("role_set:default".to_owned())).await;
    let one_more = http.post(PATH, fields("role_set:10".to_owned())).await;

    assert_eq!(taken.faults(), ["422 form_identifier_exists key"]);
    assert_eq!(one_more.faults(), ["403 organization_instance_role_sets_quota_exceeded"]);
    let settings = http.get("/v1/instance/organization_settings").await.ok();
    assert_eq!(settings["max_role_sets_allowed"], 10);
}

#[tokio::test]
async fn sets_are_found_by_parts_of_name_and_key_and_sorted() {
    let server = TestServer::start().await;
    let http = server.http();
    for key in ["role_set:b", "role_set:a"] {
        role_set(&http, key, &["org:admin"]).await;
    }
    let listed = async |query: &str| {
        let page = http.get(&format!("{PATH}?{query}")).await.ok();
        let data = page["data"].as_array().unwrap().clone();
        data.iter().map(|set| set["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(listed("").await, ["role_set:a", "role_set:b", "role_set:default"]);
    assert_eq!(listed("order_by=key").await, ["role_set:a", "role_set:b", "role_set:default"]);
    assert_eq!(listed("order_by=-key&limit=1").await, ["role_set:default"]);
    assert_eq!(listed("query=primary").await, ["role_set:default"]);
    assert_eq!(listed("query=set:b").await, ["role_set:b"]);
    let refused = http.get(&format!("{PATH}?order_by=color")).await;
    assert_eq!(refused.faults(), ["422 form_param_value_invalid order_by"]);
}

#[tokio::test]
async fn a_set_that_does_not_exist_is_told_before_faults_of_the_body() {
    let server = TestServer::start().await;
    let http = server.http();
    let path = format!("{PATH}/role_set:none");

    for answer in [
        http.get(&path).await,
        http.patch(&path, json!({ "name": 5 })).await,
        http.post(&format!("{path}/roles"), json!({})).await,
        http.post(&format!("{path}/roles/replace"), json!({})).await,
        http.post(&format!("{path}/replace"), json!({})).await,
    ] {
        assert_eq!(answer.faults(), ["404 resource_not_found"]);
    }
}
