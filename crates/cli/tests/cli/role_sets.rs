//! `guildhall role-sets` against a running server.

use insta::assert_snapshot;
use serde_json::Value;

use crate::command::{json, lines, shown, stderr};
use crate::serving::Serving;

/// Makes the set `role_set:pro` of admins and editors.
fn create_pro(serving: &Serving) -> Value {
    serving.call(&["roles", "create", "org:editor", "Editor"]);
    json(&serving.call(&[
        "role-sets",
        "create",
        "Pro",
        "--role=org:admin",
        "--role=org:editor",
        "--creator-role=org:admin",
        "--default-role=org:editor",
        "--description=For who pays",
    ]))
}

fn keys(set: &Value) -> Vec<&str> {
    let roles = set["roles"].as_array().expect("they are a list");
    roles.iter().filter_map(|role| role["key"].as_str()).collect()
}

fn id(row: &Value) -> String {
    row["id"].as_str().expect("it has an id").to_owned()
}

#[test]
fn a_set_is_made_and_found_by_key_and_id() {
    let serving = Serving::start();

    let made = create_pro(&serving);

    assert_eq!(made["key"], "role_set:pro");
    assert_eq!(made["type"], "custom");
    assert_eq!(keys(&made), ["org:admin", "org:editor"]);
    assert_eq!(json(&serving.call(&["role-sets", "get", "role_set:pro"])), made);
    assert_eq!(json(&serving.call(&["role-sets", "get", &id(&made)])), made);
    let listed = serving.call(&["role-sets", "list", "--order-by=key", "--all", "--limit=1"]);
    let listed: Vec<Value> = lines(&listed);
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[1], made);
    assert_eq!(json(&serving.call(&["role-sets", "list", "--count"]))["total_count"], 2);
}

#[test]
fn a_set_is_changed_and_becomes_the_initial_one() {
    let serving = Serving::start();
    create_pro(&serving);

    let changed = json(&serving.call(&[
        "role-sets",
        "update",
        "role_set:pro",
        "--name=Professional",
        "--default-role=org:admin",
        "--initial",
    ]));
    let added = json(&serving.call(&["role-sets", "add-roles", "role_set:pro", "org:member"]));

    assert_eq!(changed["name"], "Professional");
    assert_eq!(changed["default_role"]["key"], "org:admin");
    assert_eq!(changed["type"], "initial");
    assert_eq!(keys(&added), ["org:admin", "org:member", "org:editor"]);
    let settings = json(&serving.call(&["settings", "get"]));
    assert_eq!(settings["initial_role_set_key"], "role_set:pro");
}

#[test]
fn a_role_and_a_set_are_replaced_and_asked_for_first() {
    let serving = Serving::start();
    create_pro(&serving);
    let user = id(&json(&serving.call(&["users", "create"])));
    let organization = ["organizations", "create", "Acme", "--role-set=role_set:pro"];
    let organization = json(&serving.call(&organization));
    assert_eq!(organization["role_set_key"], "role_set:pro");
    let organization = id(&organization);
    serving.call(&["members", "add", &organization, &user, "--role=org:editor"]);

    let replace = ["role-sets", "replace-role", "role_set:pro", "org:editor", "org:member"];
    let unasked = serving.call(&replace);
    let replaced = json(&serving.call(&[&replace[..], &["--yes"]].concat()));
    let gone = serving.call(&[
        "role-sets",
        "replace",
        "role_set:pro",
        "role_set:default",
        "--reassign=org:member=org:admin",
        "--yes",
    ]);

    assert_snapshot!(shown(&unasked), @r"
    exit code 2
    --- stdout
    --- stderr
    error: this cannot be taken back, and there is no terminal to ask on; give `--yes`
    ");
    assert_eq!(keys(&replaced), ["org:admin", "org:member"]);
    assert_eq!(json(&gone)["deleted"], true);
    let organization = json(&serving.call(&["organizations", "get", &organization]));
    assert_eq!(organization["role_set_key"], "role_set:default");
    let member = json(&serving.call(&["members", "get", &id(&organization), &user]));
    assert_eq!(member["role"], "org:admin");
}

#[test]
fn what_is_not_there_and_what_makes_no_sense_is_told() {
    let serving = Serving::start();
    create_pro(&serving);

    let output = serving.call(&["role-sets", "get", "role_set:nothing"]);
    let wrong = serving.call(&["role-sets", "replace", "a", "b", "--reassign=org:editor"]);

    assert_snapshot!(shown(&output), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 404
      Resource not found (resource_not_found)
    hint: check the ids: organizations look like `org_…`, users like `user_…`, roles like `role_…`, permissions like `perm_…`, role sets like `role_set:…`, sessions like `sess_…`, and all must be of the instance that the secret key opens
    trace id: [trace id]
    ");
    assert_eq!(wrong.status.code(), Some(2));
    let told = stderr(&wrong);
    assert!(told.contains("two roles with `=` between them are wanted"), "{told}");
}
