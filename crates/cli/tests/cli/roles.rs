//! `guildhall roles` against a running server.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::command::{json, lines, shown, stderr};
use crate::loopback::Loopback;
use crate::serving::Serving;

/// Makes `org:posts:edit` and `org:posts:publish`; gives the id of the second one.
fn create_permissions(serving: &Serving) -> String {
    serving.call(&["permissions", "create", "org:posts:edit", "Edit posts"]);
    let publish = ["permissions", "create", "org:posts:publish", "Publish posts"];
    id(&json(&serving.call(&publish)))
}

fn create_editor(serving: &Serving, flags: &[&str]) -> Value {
    let editor = ["roles", "create", "org:editor", "Editor", "--in-initial-role-set"];
    json(&serving.call(&[&editor, flags].concat()))
}

fn id(row: &Value) -> String {
    row["id"].as_str().expect("it has an id").to_owned()
}

/// The keys of what a role grants.
fn granted(role: &Value) -> Vec<&str> {
    let permissions = role["permissions"].as_array().expect("they are a list");
    permissions.iter().filter_map(|permission| permission["key"].as_str()).collect()
}

#[test]
fn create_prints_the_new_role() {
    let serving = Serving::start();
    serving.call(&["permissions", "create", "org:posts:edit", "Edit posts"]);

    let output = serving.call(&[
        "roles",
        "create",
        "org:editor",
        "Editor",
        "--description=Writes and changes",
        "--permission=org:posts:edit",
    ]);

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "created_at": [milliseconds],
      "description": "Writes and changes",
      "id": "role_[id]",
      "is_creator_eligible": false,
      "key": "org:editor",
      "name": "Editor",
      "object": "role",
      "permissions": [
        {
          "created_at": [milliseconds],
          "description": "",
          "id": "perm_[id]",
          "key": "org:posts:edit",
          "name": "Edit posts",
          "object": "permission",
          "type": "user",
          "updated_at": [milliseconds]
        }
      ],
      "updated_at": [milliseconds]
    }
    --- stderr
    "#);
}

#[test]
fn create_takes_permissions_by_key_and_by_id() {
    let serving = Serving::start();
    let publish = create_permissions(&serving);

    let role =
        create_editor(&serving, &["--permission=org:posts:edit", "--permission", publish.as_str()]);

    assert_eq!(granted(&role), ["org:posts:edit", "org:posts:publish"]);
}

#[test]
fn a_key_that_nothing_has_is_refused_before_anything_is_sent_to_change() {
    let serving = Serving::start();

    let role = serving.call(&["roles", "get", "org:nobody"]);
    let permission = serving.call(&["roles", "create", "org:e", "E", "--permission=org:posts:x"]);
    let count = serving.call(&["roles", "list", "--count"]);

    assert_snapshot!(shown(&role), @r"
    exit code 1
    --- stdout
    --- stderr
    error: no role has the key `org:nobody`; `guildhall roles list` shows them
    ");
    assert_snapshot!(shown(&permission), @r"
    exit code 1
    --- stdout
    --- stderr
    error: no permission has the key `org:posts:x`; `guildhall permissions list` shows them
    ");
    assert_eq!(json(&count)["total_count"], 2);
}

#[test]
fn get_takes_the_key_and_the_id() {
    let serving = Serving::start();
    let made = create_editor(&serving, &[]);
    // Its name holds the key of the other one.
    serving.call(&["roles", "create", "org:other", "Like org:editor"]);

    let by_key = json(&serving.call(&["roles", "get", "org:editor"]));
    let by_id = json(&serving.call(&["roles", "get", &id(&made)]));

    assert_eq!(by_key, made);
    assert_eq!(by_id, made);
}

#[test]
fn an_id_that_no_role_has_is_refused_by_the_server() {
    assert_snapshot!(shown(&Serving::start().call(&["roles", "get", "role_nobody"])), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 404
      Organization role not found (resource_not_found)
    hint: check the ids: organizations look like `org_…`, users like `user_…`, roles like `role_…`, permissions like `perm_…`, role sets like `role_set:…`, sessions like `sess_…`, and all must be of the instance that the secret key opens
    trace id: [trace id]
    ");
}

#[test]
fn list_prints_one_role_a_line() {
    let serving = Serving::start();
    create_editor(&serving, &[]);

    let all = serving.call(&["roles", "list", "--all", "--limit=2", "--order-by=key"]);
    let found = serving.call(&["roles", "list", "--query=EDIT"]);
    let count = serving.call(&["roles", "list", "--query=m", "--count"]);

    let keys: Vec<_> = lines(&all).iter().map(|row| row["key"].clone()).collect();
    assert_eq!(keys, ["org:admin", "org:editor", "org:member"]);
    assert_eq!(json(&found)["key"], "org:editor");
    assert_eq!(json(&count), json!({"object": "total_count", "total_count": 2}));
}

#[test]
fn a_page_is_asked_for_as_the_flags_say() {
    let server = Loopback::json(200, r#"{"data":[],"total_count":0}"#);

    server.call(&["roles", "list", "--limit=7", "--offset=8", "--order-by=-name", "--query=edit"]);

    let targets = server.targets();
    let (path, query) = targets[0].split_once('?').expect("there is a query");
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_unstable();
    assert_eq!(path, "GET /v1/organization_roles");
    assert_eq!(pairs, ["limit=7", "offset=8", "order_by=-name", "query=edit"]);
}

#[test]
fn update_changes_what_is_given() {
    let serving = Serving::start();
    create_permissions(&serving);
    create_editor(&serving, &["--permission=org:posts:edit"]);

    let renamed = json(&serving.call(&[
        "roles",
        "update",
        "org:editor",
        "--key=org:author",
        "--name=Author",
        "--description=Writes",
    ]));
    let replace = ["roles", "update", "org:author", "--permission=org:posts:publish"];
    let replaced = json(&serving.call(&replace));
    let clear = ["roles", "update", "org:author", "--clear=permissions"];
    let cleared = json(&serving.call(&clear));

    assert_eq!(renamed["key"], "org:author");
    assert_eq!(renamed["name"], "Author");
    assert_eq!(renamed["description"], "Writes");
    assert_eq!(granted(&renamed), ["org:posts:edit"]);
    assert_eq!(granted(&replaced), ["org:posts:publish"]);
    assert_eq!(granted(&cleared), [""; 0]);
    assert_eq!(cleared["name"], "Author");
}

#[test]
fn a_change_of_nothing_or_of_both_is_wrong_usage() {
    let serving = Serving::start();

    let nothing = serving.call(&["roles", "update", "org:editor"]);
    let both = ["roles", "update", "org:editor", "--clear=permissions", "--permission=org:a:b"];
    let both = serving.call(&both);

    assert_eq!(nothing.status.code(), Some(2));
    assert!(stderr(&nothing).contains("--clear <FIELD>"), "{}", stderr(&nothing));
    assert_eq!(both.status.code(), Some(2));
    assert!(stderr(&both).contains("cannot be used with"), "{}", stderr(&both));
}

#[tokio::test]
async fn what_a_role_grants_shows_in_its_members() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    create_permissions(&serving);
    let role = create_editor(&serving, &["--permission=org:posts:edit"]);
    serving.members(&["add", &ada.organization_id, &ada.user_id, "--role=org:editor"]);
    let permissions = || {
        let member = serving.members(&["get", &ada.organization_id, &ada.user_id]);
        json(&member)["permissions"].clone()
    };

    let before = permissions();
    let more = json(&serving.call(&["roles", "grant", "org:editor", "org:posts:publish"]));
    let granted_more = permissions();
    let less = json(&serving.call(&["roles", "revoke", &id(&role), "org:posts:edit"]));
    let granted_less = permissions();

    assert_eq!(before, json!(["org:posts:edit"]));
    assert_eq!(granted(&more), ["org:posts:edit", "org:posts:publish"]);
    assert_eq!(granted_more, json!(["org:posts:edit", "org:posts:publish"]));
    assert_eq!(granted(&less), ["org:posts:publish"]);
    assert_eq!(granted_less, json!(["org:posts:publish"]));
}

#[test]
fn what_is_not_granted_cannot_be_revoked() {
    let serving = Serving::start();
    create_permissions(&serving);
    create_editor(&serving, &[]);

    let output = serving.call(&["roles", "revoke", "org:editor", "org:posts:edit"]);

    assert_snapshot!(shown(&output), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 404
      This organization permission is not associated with the organization role. (organization_role_permission_association_not_found)
    hint: `guildhall roles get` shows what the role grants
    trace id: [trace id]
    ");
}

#[test]
fn delete_prints_what_is_gone() {
    let serving = Serving::start();
    create_editor(&serving, &[]);

    let output = serving.call(&["roles", "delete", "org:editor", "--yes"]);

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "deleted": true,
      "id": "role_[id]",
      "object": "role"
    }
    --- stderr
    "#);
    let count = serving.call(&["roles", "list", "--count"]);
    assert_eq!(json(&count)["total_count"], 2);
}

#[tokio::test]
async fn a_role_in_use_is_not_deleted_and_the_way_out_is_told() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    create_editor(&serving, &[]);
    serving.members(&["add", &ada.organization_id, &ada.user_id, "--role=org:editor"]);

    for (role, way_out) in [
        ("org:editor", "guildhall members set-role"),
        ("org:admin", "guildhall settings set --creator-role"),
        ("org:member", "guildhall settings set --domains-default-role"),
    ] {
        let output = serving.call(&["roles", "delete", role, "--yes"]);

        assert_eq!(output.status.code(), Some(1), "{role}");
        assert!(stderr(&output).contains(way_out), "{role}: {}", stderr(&output));
    }
}
