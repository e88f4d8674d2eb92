//! `guildhall organizations` against a running server.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::json;

use crate::command::{json, lines, shown, stderr, stdout};
use crate::loopback::Loopback;
use crate::serving::Serving;

/// Makes an organization of that name; gives its id.
fn create(serving: &Serving, name: &str) -> String {
    let output = serving.call(&["organizations", "create", name]);
    json(&output)["id"].as_str().expect("it has an id").to_owned()
}

#[test]
fn create_prints_the_new_organization() {
    let serving = Serving::start();

    let output = serving.call(&[
        "organizations",
        "create",
        "Analytical Engines",
        "--slug=engines",
        "--max-allowed-memberships=7",
        r#"--public-metadata={"plan":"team"}"#,
        r#"--private-metadata={"fooBar":1}"#,
        "--created-at=2020-01-31T12:00:00Z",
    ]);

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "admin_delete_enabled": true,
      "created_at": [milliseconds],
      "has_image": false,
      "id": "org_[id]",
      "image_url": "http://127.0.0.1:[port]/avatars/org_[id]-AE.svg",
      "max_allowed_memberships": 7,
      "name": "Analytical Engines",
      "object": "organization",
      "private_metadata": {
        "fooBar": 1
      },
      "public_metadata": {
        "plan": "team"
      },
      "role_set_key": "role_set:default",
      "slug": "engines",
      "updated_at": [milliseconds]
    }
    --- stderr
    "#);
}

#[tokio::test]
async fn the_creator_is_the_first_member() {
    let serving = Serving::start();
    let ada = serving.ada().await;

    let created =
        serving.call(&["organizations", "create", "Engines", "--created-by", &ada.user_id]);

    assert_eq!(json(&created)["created_by"], ada.user_id.as_str());
    let id = json(&created)["id"].as_str().expect("it has an id").to_owned();
    assert_eq!(json(&serving.members(&["list", &id]))["role"], "org:admin");
}

#[test]
fn get_takes_a_slug_and_tells_what_is_asked_for() {
    let serving = Serving::start();
    let id = create(&serving, "Engines");

    let output = serving.call(&[
        "organizations",
        "get",
        "engines",
        "--include-members-count",
        "--include-missing-member-with-elevated-permissions",
    ]);

    let organization = json(&output);
    assert_eq!(organization["id"], id.as_str());
    assert_eq!(organization["members_count"], 0);
    assert_eq!(organization["missing_member_with_elevated_permissions"], true);
}

#[test]
fn get_of_an_organization_that_is_not_there_is_refused() {
    let serving = Serving::start();

    assert_snapshot!(shown(&serving.call(&["organizations", "get", "org_nobody"])), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 404
      Given organization not found. (resource_not_found)
    hint: check the ids: organizations look like `org_…`, users like `user_…`, roles like `role_…`, permissions like `perm_…`, role sets like `role_set:…`, sessions like `sess_…`, and all must be of the instance that the secret key opens
    trace id: [trace id]
    ");
}

#[test]
fn list_prints_one_organization_a_line() {
    let serving = Serving::start();
    for name in ["Alpha", "Beta", "Gamma"] {
        create(&serving, name);
    }

    let output = serving.call(&["organizations", "list", "--all", "--limit=2", "--order-by=-name"]);

    let names: Vec<_> = lines(&output).iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, ["Gamma", "Beta", "Alpha"]);
}

#[test]
fn a_row_is_printed_before_the_next_page_is_there() {
    let row = json!({
        "object": "organization",
        "id": "org_1",
        "name": "Engines",
        "slug": "engines",
        "has_image": false,
        "max_allowed_memberships": 0,
        "admin_delete_enabled": true,
        "public_metadata": {},
        "created_at": 1,
        "updated_at": 1
    });
    let server = Loopback::json_once(&json!({"data": [row], "total_count": 2}).to_string());
    let mut command = server.command(&["organizations", "list", "--all", "--limit=1"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary can be run");

    let mut line = String::new();
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut line).expect("the command prints");
    child.kill().expect("it is our child");
    child.wait().expect("it is our child");

    assert!(line.contains("\"org_1\""), "{line}");
}

#[test]
fn list_can_tell_only_how_many_there_are() {
    let serving = Serving::start();
    for name in ["Alpha", "Beta"] {
        create(&serving, name);
    }

    let output = serving.call(&["organizations", "list", "--query=alpha", "--count"]);

    assert_eq!(json(&output), json!({"object": "total_count", "total_count": 1}));
}

#[test]
fn every_filter_is_sent_under_its_own_name() {
    let server = Loopback::json(200, r#"{"data":[],"total_count":0}"#);

    server.call(&[
        "organizations",
        "list",
        "--limit=7",
        "--offset=8",
        "--order-by=members_count",
        "--include-members-count",
        "--include-missing-member-with-elevated-permissions",
        "--query=engine",
        "--user-id=user_1",
        "--user-id=-user_2",
        "--organization-id=org_1",
    ]);

    let targets = server.targets();
    let (path, query) = targets[0].split_once('?').expect("there is a query");
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_unstable();
    assert_eq!(path, "GET /v1/organizations");
    assert_eq!(
        pairs,
        [
            "include_members_count=true",
            "include_missing_member_with_elevated_permissions=true",
            "limit=7",
            "offset=8",
            "order_by=%2Bmembers_count",
            "organization_id=org_1",
            "query=engine",
            "user_id=-user_2",
            "user_id=user_1",
        ]
    );
}

#[test]
fn update_changes_what_is_given() {
    let serving = Serving::start();
    let id = create(&serving, "Engines");

    let output = serving.call(&[
        "organizations",
        "update",
        &id,
        "--name=Difference Engines",
        "--slug=difference",
        "--max-allowed-memberships=3",
        "--admin-delete-enabled=false",
        "--created-at=2020-01-31T12:00:00Z",
    ]);

    let organization = json(&output);
    assert_eq!(organization["name"], "Difference Engines");
    assert_eq!(organization["slug"], "difference");
    assert_eq!(organization["max_allowed_memberships"], 3);
    assert_eq!(organization["admin_delete_enabled"], false);
    assert_eq!(organization["created_at"], 1_580_472_000_000_i64);
}

#[test]
fn a_change_of_nothing_is_wrong_usage() {
    let output = Serving::start().call(&["organizations", "update", "org_1"]);

    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--name <NAME>"), "{}", stderr(&output));
}

#[test]
fn metadata_is_merged_or_replaced() {
    let serving = Serving::start();
    let id = create(&serving, "Engines");
    let metadata = |arguments: &[&str]| {
        json(&serving.call(&[&["organizations", "metadata", &id], arguments].concat()))
    };

    metadata(&["--public", r#"{"plan":"team","seats":3}"#, "--private", r#"{"kept":true}"#]);
    let merged = metadata(&["--public", r#"{"seats":null,"innerKey":{"a_b":1}}"#]);
    let replaced = metadata(&["--public", r#"{"new":1}"#, "--replace"]);

    assert_eq!(merged["public_metadata"], json!({"plan": "team", "innerKey": {"a_b": 1}}));
    assert_eq!(replaced["public_metadata"], json!({"new": 1}));
    assert_eq!(replaced["private_metadata"], json!({"kept": true}));
}

#[test]
fn delete_prints_what_is_gone() {
    let serving = Serving::start();
    let id = create(&serving, "Engines");

    let output = serving.call(&["organizations", "delete", &id, "--yes"]);

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "deleted": true,
      "id": "org_[id]",
      "object": "organization",
      "slug": "engines"
    }
    --- stderr
    "#);
    assert_eq!(stdout(&serving.call(&["organizations", "list"])), "");
}
