//! `guildhall members` against a running server.

use std::process::Stdio;

use crate::command::{json, lines, run, shown, stderr, stdout};
use crate::serving::Serving;
use insta::assert_snapshot;

/// Whose memberships a list printed.
fn user_ids_of(output: &std::process::Output) -> Vec<String> {
    let user_id =
        |row: &serde_json::Value| row["public_user_data"]["user_id"].as_str().map(str::to_owned);
    lines(output).iter().map(|row| user_id(row).expect("a membership has a user")).collect()
}

#[tokio::test]
async fn add_prints_the_new_membership() {
    let serving = Serving::start();
    let ada = serving.ada().await;

    let output =
        serving.members(&["add", &ada.organization_id, &ada.user_id, "--role", "org:member"]);

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "created_at": [milliseconds],
      "id": "orgmem_[id]",
      "object": "organization_membership",
      "organization": {
        "admin_delete_enabled": true,
        "created_at": [milliseconds],
        "has_image": false,
        "id": "org_[id]",
        "image_url": "http://127.0.0.1:[port]/avatars/org_[id]-AE.svg",
        "max_allowed_memberships": 0,
        "name": "Analytical Engines",
        "object": "organization",
        "private_metadata": {},
        "public_metadata": {},
        "role_set_key": "role_set:default",
        "slug": "analytical-engines",
        "updated_at": [milliseconds]
      },
      "permissions": [
        "org:sys_memberships:read",
        "org:sys_billing:read"
      ],
      "private_metadata": {},
      "public_metadata": {},
      "public_user_data": {
        "banned": false,
        "deprovisioned": false,
        "first_name": "Ada",
        "has_image": false,
        "identifier": "ada@example.com",
        "image_url": "http://127.0.0.1:[port]/avatars/user_[id]-AL.svg",
        "last_name": "Lovelace",
        "profile_image_url": "http://127.0.0.1:[port]/avatars/user_[id]-AL.svg",
        "user_id": "user_[id]",
        "username": null
      },
      "role": "org:member",
      "role_name": "Member",
      "updated_at": [milliseconds]
    }
    --- stderr
    "#);
}

#[tokio::test]
async fn add_refuses_a_second_membership() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let add = ["add", &ada.organization_id, &ada.user_id, "--role", "org:member"];
    serving.members(&add);

    let output = serving.members(&add);

    assert_snapshot!(shown(&output), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 400
      User user_[id] is already a member of the organization. (already_a_member_in_organization)
    hint: `guildhall members set-role` changes the role of a member
    trace id: [trace id]
    ");
}

#[tokio::test]
async fn an_unknown_role_is_answered_with_how_roles_look() {
    let serving = Serving::start();
    let ada = serving.ada().await;

    let output = serving.members(&["add", &ada.organization_id, &ada.user_id, "--role", "member"]);

    assert_snapshot!(shown(&output), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 404
      Organization role not found (resource_not_found, parameter `role`)
    hint: roles look like `org:member`; the role must be in the role set of the organization, which `guildhall role-sets get` shows
    trace id: [trace id]
    ");
}

#[tokio::test]
async fn get_prints_one_membership() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let added =
        serving.members(&["add", &ada.organization_id, &ada.user_id, "--role", "org:member"]);

    let output = serving.members(&["get", &ada.organization_id, &ada.user_id]);

    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout, added.stdout);
}

#[tokio::test]
async fn get_of_a_user_who_is_no_member_is_refused() {
    let serving = Serving::start();
    let ada = serving.ada().await;

    let output = serving.members(&["get", &ada.organization_id, &ada.user_id]);

    assert_snapshot!(shown(&output), @r"
    exit code 1
    --- stdout
    --- stderr
    error: `user_[id]` is no member of `org_[id]`
    ");
}

#[tokio::test]
async fn set_role_prints_the_membership_with_its_new_role() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    serving.members(&["add", &ada.organization_id, &ada.user_id, "--role", "org:member"]);

    let output = serving.members(&["set-role", &ada.organization_id, &ada.user_id, "org:admin"]);

    assert_eq!(stderr(&output), "");
    assert_eq!(json(&output)["role"], "org:admin");
}

#[tokio::test]
async fn the_last_admin_cannot_be_removed() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    serving.members(&["add", &ada.organization_id, &ada.user_id, "--role", "org:admin"]);

    let output = serving.members(&["remove", &ada.organization_id, &ada.user_id, "--yes"]);

    assert_snapshot!(shown(&output), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 400
      There has to be at least one organization member with the minimum required permissions (organization_minimum_permissions_needed)
    hint: give another member the role of this one first, `org:admin` for example
    trace id: [trace id]
    ");
}

#[tokio::test]
async fn remove_prints_the_membership_that_was() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let added =
        serving.members(&["add", &ada.organization_id, &ada.user_id, "--role", "org:member"]);

    let removed = serving.members(&["remove", &ada.organization_id, &ada.user_id, "--yes"]);

    assert_eq!(json(&removed)["id"], json(&added)["id"]);
    let list = serving.members(&["list", &ada.organization_id]);
    assert_eq!(stdout(&list), "");
}

#[tokio::test]
async fn list_prints_the_page_that_is_asked_for() {
    let serving = Serving::start();
    let (organization_id, user_ids) = serving.organization_of(3).await;

    let output = serving.members(&[
        "list",
        &organization_id,
        "--limit=2",
        "--offset",
        "1",
        "--order-by",
        "+created_at",
    ]);

    assert_eq!(user_ids_of(&output), user_ids[1..]);
    assert_eq!(stderr(&output), "2 of 3, after the first 1; `--all` lists all\n");
}

#[tokio::test]
async fn list_all_walks_the_pages() {
    let serving = Serving::start();
    let (organization_id, user_ids) = serving.organization_of(7).await;

    let output =
        serving.members(&["list", &organization_id, "--all", "--limit=3", "--order-by=created_at"]);

    assert_eq!(user_ids_of(&output), user_ids);
    assert_eq!(stderr(&output), "");
}

#[tokio::test]
async fn list_all_of_an_empty_organization_prints_nothing() {
    let serving = Serving::start();
    let (organization_id, _) = serving.organization_of(0).await;

    let output = serving.members(&["list", &organization_id, "--all"]);

    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output), "");
}

#[tokio::test]
async fn the_rest_of_a_list_is_pointed_at() {
    let serving = Serving::start();
    let (organization_id, _) = serving.organization_of(3).await;

    let output = serving.members(&["list", &organization_id, "--limit=2"]);

    assert_eq!(
        stderr(&output),
        "2 of 3, after the first 0; `--offset 2` goes on, `--all` lists all\n"
    );
}

#[tokio::test]
async fn a_list_can_begin_beside_a_membership() {
    let serving = Serving::start();
    let (organization_id, user_ids) = serving.organization_of(3).await;
    let list = ["list", &organization_id, "--order-by=created_at"];
    let all = lines(&serving.members(&list));
    let second = all[1]["id"].as_str().expect("it has an id");

    let after = serving.members(&[&list[..], &["--starting-after", second]].concat());
    let before = serving.members(&[&list[..], &["--ending-before", second]].concat());

    assert_eq!(user_ids_of(&after), user_ids[2..]);
    assert_eq!(user_ids_of(&before), user_ids[..1]);
    assert_eq!(stderr(&after), "");
}

#[test]
fn a_list_begins_in_one_way_only() {
    for flags in [
        ["--starting-after=a", "--ending-before=b"],
        ["--starting-after=a", "--all"],
        ["--ending-before=b", "--offset=1"],
        ["--starting-after=a", "--count"],
    ] {
        let list = ["members", "list", "org_1", "--api-url=http://h"];
        let output = run(&[&list[..], &flags[..]].concat());

        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        assert!(stderr(&output).contains("cannot be used with"), "{}", stderr(&output));
    }
}

#[tokio::test]
async fn list_can_tell_only_how_many_there_are() {
    let serving = Serving::start();
    let (organization_id, _) = serving.organization_of(3).await;

    let output = serving.members(&["list", &organization_id, "--role=org:member", "--count"]);

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "object": "total_count",
      "total_count": 3
    }
    --- stderr
    "#);
}

#[tokio::test]
async fn users_can_be_excluded_from_a_list() {
    let serving = Serving::start();
    let (organization_id, user_ids) = serving.organization_of(2).await;

    let output =
        serving.members(&["list", &organization_id, "--user-id", &format!("-{}", user_ids[0])]);

    assert_eq!(user_ids_of(&output), user_ids[1..]);
}

#[tokio::test]
async fn an_unknown_organization_is_refused() {
    let serving = Serving::start();

    let output = serving.members(&["list", "org_nobody", "--all"]);

    assert_snapshot!(shown(&output), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 404
      Given organization not found. (resource_not_found)
    hint: check the ids: organizations look like `org_…`, users like `user_…`, roles like `role_…`, permissions like `perm_…`, role sets like `role_set:…`, sessions like `sess_…`, and all must be of the instance that the secret key opens
    trace id: [trace id]
    ");
}

#[tokio::test]
async fn an_unknown_key_is_refused() {
    let serving = Serving::start();

    let mut command = serving.members_command(&["list", "org_1"]);
    let output = command.env("CLERK_SECRET_KEY", "sk_test_unknown_key").output();

    assert_snapshot!(shown(&output.expect("the binary can be run")), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 401
      The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct. (clerk_key_invalid)
    hint: check the secret key: it must be one of http://127.0.0.1:[port]/v1, whole, and not revoked
    trace id: [trace id]
    ");
}

#[tokio::test]
async fn the_key_can_come_from_a_file() {
    let serving = Serving::start();
    let (organization_id, _) = serving.organization_of(1).await;
    let path = serving.folder.path().join("key");
    std::fs::write(&path, format!("{}\n", serving.line("CLERK_SECRET_KEY"))).expect("a file");

    let mut command = serving.members_command(&["list", &organization_id, "--secret-key-file"]);
    let output = command.arg(&path).env("CLERK_SECRET_KEY", "sk_test_wrong_key").output();

    assert_eq!(lines(&output.expect("the binary can be run")).len(), 1);
}

#[tokio::test]
async fn a_closed_pipe_is_no_failure() {
    let serving = Serving::start();
    // More than the output holds back before it writes.
    let (organization_id, _) = serving.organization_of(20).await;
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);

    let mut command = serving.members_command(&["list", &organization_id, "--all"]);
    let output = command.stdout(writer).stderr(Stdio::piped()).output();

    let output = output.expect("the binary can be run");
    assert_eq!(stderr(&output), "");
    assert_eq!(output.status.code(), Some(0));
}
