//! Permissions.

use guildhall_testing::TestServer;
use serde_json::json;

const PATH: &str = "/v1/organization_permissions";

#[tokio::test]
async fn a_permission_is_made_read_changed_and_deleted() {
    let server = TestServer::start().await;
    let http = server.http();
    let fields = json!({ "name": "Edit", "key": "org:posts:edit", "description": "Edits posts" });

    let made = http.post(PATH, fields).await.ok();
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    assert_eq!(made["object"], "permission");
    assert_eq!(made["type"], "user");
    assert_eq!(made["description"], "Edits posts");
    assert_eq!(http.get(&path).await.ok(), made);

    let changed = http.patch(&path, json!({ "name": "Write", "description": "" })).await.ok();
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Write"), &json!("")));
    assert_eq!(changed["key"], "org:posts:edit");
    assert!(changed["updated_at"].as_i64() > made["updated_at"].as_i64());
    assert_eq!(http.patch(&path, json!({ "name": "Write" })).await.ok(), changed);

    let deleted = http.delete(&path).await.ok();
    assert_eq!(deleted, json!({ "object": "permission", "id": made["id"], "deleted": true }));
    for answer in [http.get(&path).await, http.delete(&path).await] {
        assert_eq!(answer.faults(), ["404 resource_not_found"]);
    }
}

#[tokio::test]
async fn faults_of_a_permission_are_told_at_once() {
    let server = TestServer::start().await;
    let http = server.http();

    let made = http.post(PATH, json!({ "name": "", "key": "org:sys_x:y", "kind": 1 })).await;
    let null = http.post(PATH, json!({ "name": null, "key": null })).await;

    assert_eq!(
        made.faults(),
        [
            "422 form_param_value_invalid name",
            "422 form_param_format_invalid key",
            "422 form_param_unknown kind",
        ]
    );
    assert_eq!(null.faults(), ["422 form_param_nil name", "422 form_param_nil key"]);
}

#[tokio::test]
async fn a_key_that_is_taken_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    http.permission("org:posts:edit").await;
    let read = http.permission("org:posts:read").await;

    let made = http.post(PATH, json!({ "name": "X", "key": "org:posts:edit" })).await;
    let path = format!("{PATH}/{read}");
    let changed = http.patch(&path, json!({ "key": "org:posts:edit" })).await;

    for refused in [made, changed] {
        assert_eq!(refused.faults(), ["422 form_identifier_exists key"]);
    }
}

#[tokio::test]
async fn permissions_of_the_system_stay_as_they_are() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.id_of_key("permissions", "org:sys_domains:read").await;
    let path = format!("{PATH}/{id}");
    let before = http.get(&path).await.ok();

    for answer in [http.patch(&path, json!({ "name": "X" })).await, http.delete(&path).await] {
        assert_eq!(answer.faults(), ["403 organization_system_permission_not_modifiable"]);
    }

    assert_eq!(http.get(&path).await.ok(), before);
}

#[tokio::test]
async fn five_hundred_permissions_can_be_made_and_no_more() {
    let server = TestServer::start().await;
    let http = server.http();
    let mut many = tokio::task::JoinSet::new();
    for index in 0..500 {
        let http = http.clone();
        many.spawn(async move { http.permission(&format!("org:posts:do_{index}")).await });
    }
    many.join_all().await;

    let refused = http.post(PATH, json!({ "name": "More", "key": "org:posts:more" })).await;

    assert_eq!(refused.faults(), ["403 quota_exceeded"]);
}
