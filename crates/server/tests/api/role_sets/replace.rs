//! Putting a role or a whole set in the place of another.

use std::time::Duration;

use guildhall_testing::{Http, TestServer};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{PATH, give, keys, role_of, role_set};

/// An organization of a set with an admin and an editor; gives the ids of all three.
async fn organization_with_editor(http: &Http, key: &str) -> (String, String, String) {
    let (admin, editor) = (http.anybody().await, http.anybody().await);
    let fields = json!({ "name": "Acme", "created_by": admin, "role_set_key": key });
    let organization = http.organization(fields).await;
    http.join(&organization, &editor, "org:editor").await;
    (organization, admin, editor)
}

#[tokio::test]
async fn members_get_the_role_that_takes_the_place_of_theirs() {
    let server = TestServer::start().await;
    let http = server.http();
    http.role("org:editor", &[]).await;
    role_set(&http, "role_set:pro", &["org:admin", "org:editor"]).await;
    let (pro, _, editor) = organization_with_editor(&http, "role_set:pro").await;
    let (other, _, kept) = organization_with_editor(&http, "role_set:default").await;
    let before = http.get(&format!("/v1/organizations/{pro}/memberships?user_id={editor}")).await;

    let path = format!("{PATH}/role_set:pro/roles/replace");
    let fields = json!({ "role_key": "org:editor", "to_role_key": "org:member" });
    let set = http.post(&path, fields.clone()).await.ok();

    assert_eq!(keys(&set), ["org:admin", "org:member"]);
    assert_eq!(set["default_role"]["key"], "org:member");
    assert_eq!(set["role_set_migration"], Value::Null);
    assert_eq!(set["roles"][1]["members_count"], 1);
    assert_eq!(role_of(&http, &pro, &editor).await, "org:member");
    assert_eq!(role_of(&http, &other, &kept).await, "org:editor");
    let after = http.get(&format!("/v1/organizations/{pro}/memberships?user_id={editor}")).await;
    let updated_at =
        |answer: &guildhall_testing::Answer| answer.body["data"][0]["updated_at"].as_i64().unwrap();
    assert!(updated_at(&after) > updated_at(&before));
    let by_role = format!("/v1/organizations/{pro}/memberships?role=org:member");
    assert_eq!(http.get(&by_role).await.ok()["total_count"], 1);
    assert_eq!(
        give(&http, &pro, &editor, "org:editor").await.faults(),
        ["404 resource_not_found role"]
    );
    assert_eq!(http.post(&path, fields).await.faults(), ["404 resource_not_found role_key"]);
}

#[tokio::test]
async fn a_creator_role_is_replaced_by_one_that_may_be_one() {
    let server = TestServer::start().await;
    let http = server.http();
    let path = format!("{PATH}/role_set:default/roles/replace");
    let replace = |from: &str, to: &str| json!({ "role_key": from, "to_role_key": to });

    for (fields, fault) in [
        (json!({}), "422 form_param_missing role_key"),
        (replace("org:x", "org:admin"), "404 resource_not_found role_key"),
        (replace("org:admin", "org:x"), "404 resource_not_found to_role_key"),
        (replace("org:admin", "org:admin"), "422 form_param_value_invalid to_role_key"),
        (
            replace("org:admin", "org:member"),
            "422 organization_missing_creator_role_permissions to_role_key",
        ),
    ] {
        assert_eq!(http.post(&path, fields).await.faults()[0], fault);
    }
    let set = http.post(&path, replace("org:member", "org:admin")).await.ok();
    assert_eq!(keys(&set), ["org:admin"]);
    assert_eq!(set["default_role"]["key"], "org:admin");
}

#[tokio::test]
async fn a_token_shows_the_role_that_took_the_place_of_another() {
    let server = TestServer::start().await;
    let http = server.http();
    let edit = http.permission("org:posts:edit").await;
    http.role("org:editor", &[]).await;
    http.role("org:writer", &[&edit]).await;
    let (_, _, editor) = organization_with_editor(&http, "role_set:default").await;
    let session = http.post("/v1/sessions", json!({ "user_id": editor })).await.ok();

    let fields = json!({ "role_key": "org:editor", "to_role_key": "org:writer" });
    http.post(&format!("{PATH}/role_set:default/roles/replace"), fields).await.ok();

    let claims = crate::sessions::claims(&http, &session).await;
    assert_eq!(claims["o"]["rol"], "writer");
    assert_eq!(claims["o"]["per"], "edit");
}

#[tokio::test]
async fn organizations_get_the_set_that_takes_the_place_of_theirs() {
    let server = TestServer::start().await;
    let http = server.http();
    http.role("org:editor", &[]).await;
    http.role("org:guest", &[]).await;
    let id = role_set(&http, "role_set:pro", &["org:admin", "org:editor", "org:guest"]).await["id"]
        .clone();
    let destination = role_set(&http, "role_set:basic", &["org:admin", "org:member"]).await;
    let (organization, admin, editor) = organization_with_editor(&http, "role_set:pro").await;
    let (other, _, kept) = organization_with_editor(&http, "role_set:default").await;
    let path = format!("{PATH}/role_set:pro/replace");
    let with = |mappings: Value| json!({ "dest_role_set_key": "role_set:basic", "reassignment_mappings": mappings });

    let refused = [
        (json!({}), "422 form_param_missing dest_role_set_key"),
        (json!({ "dest_role_set_key": "role_set:x" }), "404 resource_not_found dest_role_set_key"),
        (
            json!({ "dest_role_set_key": "role_set:pro" }),
            "422 form_param_value_invalid dest_role_set_key",
        ),
        (
            json!({ "dest_role_set_key": "role_set:basic" }),
            "422 organization_role_set_reassignment_mappings_missing reassignment_mappings",
        ),
        (
            with(json!({ "org:editor": "org:guest" })),
            "422 organization_role_set_reassignment_mappings_invalid reassignment_mappings",
        ),
        (
            with(json!({ "org:member": "org:admin" })),
            "404 resource_not_found reassignment_mappings",
        ),
        (with(json!({ "org:editor": 5 })), "422 form_param_value_invalid reassignment_mappings"),
    ];
    for (fields, fault) in refused {
        assert_eq!(http.post(&path, fields).await.faults(), [fault]);
    }
    // Nobody is a guest, so that no role has to be named for guests.
    let replaced = http.post(&path, with(json!({ "org:editor": "org:member" }))).await.ok();

    assert_eq!(replaced, json!({ "object": "role_set", "id": id, "deleted": true }));
    assert_eq!(
        http.get(&format!("{PATH}/role_set:pro")).await.faults(),
        ["404 resource_not_found"]
    );
    let shown = http.get(&format!("/v1/organizations/{organization}")).await.ok();
    assert_eq!(shown["role_set_key"], "role_set:basic");
    assert_eq!(role_of(&http, &organization, &admin).await, "org:admin");
    assert_eq!(role_of(&http, &organization, &editor).await, "org:member");
    assert_eq!(role_of(&http, &other, &kept).await, "org:editor");
    let path = format!("{PATH}/{}", destination["id"].as_str().unwrap());
    let counts = http.get(&path).await.ok()["roles"].clone();
    assert_eq!(counts[0]["members_count"], 1);
    assert_eq!(counts[1]["members_count"], 1);
}

#[tokio::test]
async fn the_initial_set_is_not_replaced() {
    let server = TestServer::start().await;
    let http = server.http();
    role_set(&http, "role_set:pro", &["org:admin", "org:member"]).await;

    let fields = json!({ "dest_role_set_key": "role_set:pro" });
    let refused = http.post(&format!("{PATH}/role_set:default/replace"), fields).await;

    assert_eq!(refused.faults(), ["403 cannot_delete_initial_role_set"]);
    assert_eq!(http.get(PATH).await.ok()["total_count"], 2);
}

/// More members than are reassigned at once with the change.
const MANY: usize = 2_200;
/// How many of them one caller adds.
const EACH: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn many_members_are_reassigned_behind_the_change_which_holds_at_once() {
    let server = TestServer::start().await;
    let http = server.http();
    http.role("org:editor", &[]).await;
    let (organization, _) = http.organization_with_admin().await;
    let mut joining = JoinSet::new();
    for _ in 0..MANY / EACH {
        let (http, organization) = (http.clone(), organization.clone());
        joining.spawn(async move {
            let mut users = Vec::new();
            for _ in 0..EACH {
                let user = http.anybody().await;
                http.join(&organization, &user, "org:editor").await;
                users.push(user);
            }
            users
        });
    }
    let users: Vec<String> = joining.join_all().await.concat();

    let fields = json!({ "role_key": "org:editor", "to_role_key": "org:member" });
    let path = format!("{PATH}/role_set:default");
    let set = http.post(&format!("{path}/roles/replace"), fields).await.ok();

    let migration = &set["role_set_migration"];
    // The first steps may all be done before the answer is read.
    if *migration != Value::Null {
        assert_eq!(migration["object"], "role_set_migration");
        assert_eq!(migration["status"], "in_progress");
        assert_eq!(migration["trigger_type"], "role_removal");
        assert_eq!(migration["source_role_set_id"], set["id"]);
        assert_eq!(migration["dest_role_set_id"], Value::Null);
        assert_eq!(migration["mappings"], json!({ "org:editor": "org:member" }));
        assert!(migration["migrated_members"].as_u64().unwrap() >= 200, "{migration}");
    }
    let newcomer = http.anybody().await;
    let join = json!({ "user_id": newcomer, "role": "org:editor" });
    let members = format!("/v1/organizations/{organization}/memberships");
    assert_eq!(http.post(&members, join).await.faults(), ["404 resource_not_found role"]);
    wait_until_migrated(&http, &path).await;
    for (role, total_count) in [("org:editor", 0), ("org:member", MANY)] {
        let listed = http.get(&format!("{members}?role={role}")).await.ok();
        assert_eq!(listed["total_count"], total_count);
    }
    assert_eq!(role_of(&http, &organization, &users[MANY / 2]).await, "org:member");
    server.check().await;
}

/// Waits until nothing of a set is migrated any more.
async fn wait_until_migrated(http: &Http, path: &str) {
    for _ in 0..600 {
        if http.get(path).await.ok()["role_set_migration"] == Value::Null {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the migration never ends");
}
