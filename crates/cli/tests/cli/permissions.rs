//! `guildhall permissions` against a running server.

use insta::assert_snapshot;
use serde_json::json;

use crate::command::{json, lines, shown, stderr};
use crate::serving::Serving;

const EDIT: &str = "org:posts:edit";

/// Makes the permission `org:posts:edit`; gives its id.
fn create(serving: &Serving) -> String {
    let made = json(&serving.call(&["permissions", "create", EDIT, "Edit posts"]));
    made["id"].as_str().expect("it has an id").to_owned()
}

#[test]
fn create_prints_the_new_permission() {
    let output = Serving::start().call(&[
        "permissions",
        "create",
        EDIT,
        "Edit posts",
        "--description=Writes and changes",
    ]);

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "created_at": [milliseconds],
      "description": "Writes and changes",
      "id": "perm_[id]",
      "key": "org:posts:edit",
      "name": "Edit posts",
      "object": "permission",
      "type": "user",
      "updated_at": [milliseconds]
    }
    --- stderr
    "#);
}

#[test]
fn a_key_that_is_no_key_of_a_permission_is_refused() {
    let output = Serving::start().call(&["permissions", "create", "posts", "Posts"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("parameter `key`"), "{}", stderr(&output));
}

#[test]
fn get_takes_the_key_and_the_id() {
    let serving = Serving::start();
    let id = create(&serving);
    serving.call(&["permissions", "create", "org:posts:edit_all", "Edit all posts"]);

    let by_key = json(&serving.call(&["permissions", "get", EDIT]));
    let by_id = json(&serving.call(&["permissions", "get", &id]));

    assert_eq!(by_key["id"], id.as_str());
    assert_eq!(by_id, by_key);
}

#[test]
fn a_key_that_no_permission_has_is_refused() {
    assert_snapshot!(shown(&Serving::start().call(&["permissions", "get", EDIT])), @r"
    exit code 1
    --- stdout
    --- stderr
    error: no permission has the key `org:posts:edit`; `guildhall permissions list` shows them
    ");
}

#[test]
fn list_prints_one_permission_a_line() {
    let serving = Serving::start();
    create(&serving);

    let all = serving.call(&["permissions", "list", "--all", "--limit=4", "--order-by=-key"]);
    let page = serving.call(&["permissions", "list", "--limit=1", "--offset=2"]);
    let count = serving.call(&["permissions", "list", "--query=memberships", "--count"]);

    let keys: Vec<_> = lines(&all).iter().map(|row| row["key"].clone()).collect();
    assert_eq!(keys.len(), 10);
    assert_eq!(keys[9], EDIT);
    assert_eq!(
        stderr(&page),
        "1 of 10, after the first 2; `--offset 3` goes on, `--all` lists all\n"
    );
    assert_eq!(json(&count), json!({"object": "total_count", "total_count": 2}));
}

#[test]
fn update_changes_what_is_given() {
    let serving = Serving::start();
    create(&serving);
    serving.call(&["roles", "create", "org:editor", "Editor", "--permission", EDIT]);

    let changed = json(&serving.call(&[
        "permissions",
        "update",
        EDIT,
        "--key=org:posts:write",
        "--name=Write posts",
        "--description=-",
    ]));
    let role = json(&serving.call(&["roles", "get", "org:editor"]));

    assert_eq!(changed["key"], "org:posts:write");
    assert_eq!(changed["name"], "Write posts");
    assert_eq!(changed["description"], "-");
    assert_eq!(role["permissions"], json!([changed]));
}

#[test]
fn a_change_of_nothing_is_wrong_usage() {
    let output = Serving::start().call(&["permissions", "update", EDIT]);

    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--key <KEY>"), "{}", stderr(&output));
}

#[test]
fn delete_takes_it_from_every_role() {
    let serving = Serving::start();
    create(&serving);
    serving.call(&["roles", "create", "org:editor", "Editor", "--permission", EDIT]);

    let output = serving.call(&["permissions", "delete", EDIT, "--yes"]);

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "deleted": true,
      "id": "perm_[id]",
      "object": "permission"
    }
    --- stderr
    "#);
    let role = json(&serving.call(&["roles", "get", "org:editor"]));
    assert_eq!(role["permissions"], json!([]));
}

#[test]
fn a_permission_of_the_system_stays() {
    let serving = Serving::start();

    let output = serving.call(&["permissions", "delete", "org:sys_memberships:read", "--yes"]);

    assert_snapshot!(shown(&output), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 403
      This organization permission cannot be modified because it is a system permission. (organization_system_permission_not_modifiable)
    trace id: [trace id]
    ");
}
