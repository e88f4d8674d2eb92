//! Making roles.

use guildhall_testing::TestServer;
use serde_json::{Value, json};

const PATH: &str = "/v1/organization_roles";

#[tokio::test]
async fn a_role_has_every_required_key() {
    let server = TestServer::start().await;
    let http = server.http();
    let edit = http.permission("org:posts:edit").await;
    let read = http.permission("org:posts:read").await;
    let fields = json!({
        "name": "Editor",
        "key": "org:editor",
        "description": "Writes",
        "permissions": [read, edit],
    });

    let role = http.post(PATH, fields).await.ok();

    assert_eq!(role["object"], "role");
    assert!(role["id"].as_str().unwrap().starts_with("role_"), "{role}");
    assert_eq!(role["name"], "Editor");
    assert_eq!(role["key"], "org:editor");
    assert_eq!(role["description"], "Writes");
    assert_eq!(role["is_creator_eligible"], false);
    assert_eq!(role["created_at"], role["updated_at"]);
    let keys: Vec<&Value> =
        role["permissions"].as_array().unwrap().iter().map(|one| &one["key"]).collect();
    assert_eq!(keys, ["org:posts:edit", "org:posts:read"]);
    let path = format!("{PATH}/{}", role["id"].as_str().unwrap());
    assert_eq!(http.get(&path).await.ok(), role);
}

#[tokio::test]
async fn a_role_needs_a_name_and_a_key_only() {
    let server = TestServer::start().await;
    let http = server.http();

    let role = http.post(PATH, json!({ "name": "Guest", "key": "org:guest" })).await.ok();
    let nulls = json!({
        "name": "Guest 2", "key": "org:guest_2", "description": null, "permissions": null,
        "include_in_initial_role_set": null,
    });
    let with_nulls = http.post(PATH, nulls).await.ok();

    for role in [role, with_nulls] {
        assert_eq!(role["description"], Value::Null);
        assert_eq!(role["permissions"], json!([]));
    }
}

#[tokio::test]
async fn all_faults_of_a_new_role_are_told_at_once() {
    let server = TestServer::start().await;
    let http = server.http();

    let nothing = http.post(PATH, json!({})).await;
    let long = "x".repeat(1025);
    let wrong = json!({
        "name": " ", "key": "editor", "description": long, "permissions": "all", "color": "red",
    });
    let wrong = http.post(PATH, wrong).await;

    assert_eq!(nothing.faults(), ["422 form_param_missing name", "422 form_param_missing key"]);
    assert_eq!(
        wrong.faults(),
        [
            "422 form_param_value_invalid name",
            "422 form_param_format_invalid key",
            "422 form_param_max_length_exceeded description",
            "422 form_param_value_invalid permissions",
            "422 form_param_unknown color",
        ]
    );
}

#[tokio::test]
async fn a_key_that_is_taken_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    http.role("org:editor", &[]).await;

    for key in ["org:editor", "org:admin"] {
        let again = http.post(PATH, json!({ "name": "Again", "key": key })).await;
        assert_eq!(again.faults(), ["422 form_identifier_exists key"]);
    }
}

#[tokio::test]
async fn a_permission_that_does_not_exist_is_not_found_and_nothing_is_made() {
    let server = TestServer::start().await;
    let http = server.http();

    let fields = json!({ "name": "Editor", "key": "org:editor", "permissions": ["perm_none"] });
    let refused = http.post(PATH, fields).await;

    assert_eq!(refused.faults(), ["404 resource_not_found permissions"]);
    assert_eq!(http.get(PATH).await.ok()["total_count"], 2);
}

#[tokio::test]
async fn ten_roles_can_be_made_and_no_more() {
    let server = TestServer::start().await;
    let http = server.http();
    for index in 0..10 {
        http.role(&format!("org:role_{index}"), &[]).await;
    }

    let refused = http.post(PATH, json!({ "name": "Eleventh", "key": "org:eleventh" })).await;

    assert_eq!(refused.faults(), ["403 organization_instance_roles_quota_exceeded"]);
    assert!(refused.text.contains("limit of 10 organization roles"), "{refused:?}");
}

#[tokio::test]
async fn of_many_roles_made_at_once_ten_are_made() {
    let server = TestServer::start().await;
    let http = server.http();

    let calls = (0..25).map(|index| {
        let http = http.clone();
        tokio::spawn(async move {
            let fields = json!({ "name": "Role", "key": format!("org:role_{index}") });
            http.post(PATH, fields).await.status
        })
    });
    let mut made = 0;
    for call in calls.collect::<Vec<_>>() {
        let status = call.await.unwrap();
        assert!(status == 200 || status == 403, "{status}");
        made += usize::from(status == 200);
    }

    assert_eq!(made, 10);
    assert_eq!(http.get(PATH).await.ok()["total_count"], 12);
}
