//! `guildhall settings` against a running server.

use insta::assert_snapshot;

use crate::command::{json, shown, stderr};
use crate::serving::Serving;

#[test]
fn get_prints_what_an_instance_begins_with() {
    assert_snapshot!(shown(&Serving::start().call(&["settings", "get"])), @r#"
    exit code 0
    --- stdout
    {
      "admin_delete_enabled": true,
      "creator_role": "org:admin",
      "domains_default_role": "org:member",
      "domains_enabled": false,
      "domains_enrollment_modes": [],
      "enabled": true,
      "initial_role_set_key": "role_set:default",
      "max_allowed_domains": 0,
      "max_allowed_memberships": 0,
      "max_allowed_roles": 10,
      "max_role_sets_allowed": 10,
      "object": "organization_settings",
      "slug_disabled": false
    }
    --- stderr
    "#);
}

#[test]
fn set_changes_what_is_given_and_new_organizations_get_it() {
    let serving = Serving::start();

    let changed = json(&serving.call(&[
        "settings",
        "set",
        "--max-allowed-memberships=5",
        "--admin-delete-enabled=false",
        "--slug-disabled=true",
    ]));
    let limited = json(&serving.call(&["settings", "set", "--max-allowed-memberships=6"]));
    let organization = json(&serving.call(&["organizations", "create", "Engines"]));

    assert_eq!(changed["max_allowed_memberships"], 5);
    assert_eq!(changed["admin_delete_enabled"], false);
    assert_eq!(changed["slug_disabled"], true);
    assert_eq!(limited["max_allowed_memberships"], 6);
    assert_eq!(limited["slug_disabled"], true);
    assert_eq!(organization["max_allowed_memberships"], 6);
    assert_eq!(organization["admin_delete_enabled"], false);
}

#[tokio::test]
async fn roles_are_set_by_key_or_id() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let founder = json(&serving.call(&[
        "roles",
        "create",
        "org:founder",
        "Founder",
        "--permission=org:sys_memberships:manage",
        "--permission=org:sys_memberships:read",
        "--permission=org:sys_profile:delete",
    ]));
    let id = founder["id"].as_str().expect("it has an id");

    let changed = json(&serving.call(&[
        "settings",
        "set",
        "--creator-role=org:founder",
        "--domains-default-role",
        id,
    ]));
    let create = ["organizations", "create", "Engines", "--created-by", &ada.user_id];
    let made = json(&serving.call(&create));

    assert_eq!(changed["creator_role"], "org:founder");
    assert_eq!(changed["domains_default_role"], "org:founder");
    let made = made["id"].as_str().expect("it has an id");
    assert_eq!(json(&serving.members(&["list", made]))["role"], "org:founder");
}

#[test]
fn a_creator_role_without_the_minimum_permissions_is_refused() {
    let output = Serving::start().call(&["settings", "set", "--creator-role=org:member"]);

    assert_snapshot!(shown(&output), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 422
      The creator role must contain the following permissions: org:sys_memberships:manage, org:sys_memberships:read, org:sys_profile:delete (organization_missing_creator_role_permissions, parameter `creator_role_id`)
    trace id: [trace id]
    ");
}

#[test]
fn organizations_that_are_off_can_be_turned_on_again() {
    let serving = Serving::start();

    let off = json(&serving.call(&["settings", "set", "--enabled=false"]));
    let refused = serving.call(&["roles", "list"]);
    let on = json(&serving.call(&["settings", "set", "--enabled=true"]));

    assert_eq!(off["enabled"], false);
    assert_snapshot!(shown(&refused), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 403
      The organizations feature is not enabled for this instance. (organization_not_enabled_in_instance)
    hint: `guildhall settings set --enabled true` turns organizations on
    trace id: [trace id]
    ");
    assert_eq!(on["enabled"], true);
}

#[test]
fn a_change_of_nothing_is_wrong_usage() {
    let output = Serving::start().call(&["settings", "set"]);

    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--enabled <BOOLEAN>"), "{}", stderr(&output));
}

#[test]
fn the_instance_itself_is_set_and_shown() {
    let serving = Serving::start();
    let origins = ["--allowed-origin=capacitor://localhost", "--allowed-origin=https://x.example"];

    let output = serving.call(&[&["settings", "set-instance"][..], &origins].concat());

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "allowed_origins": [
        "capacitor://localhost",
        "https://x.example"
      ],
      "environment_type": "development",
      "id": "ins_[id]",
      "object": "instance",
      "workspace_id": null
    }
    --- stderr
    "#);
    serving.call(&["settings", "set-instance", "--test-mode=true", "--support-email=a@b.example"]);
    assert_eq!(json(&serving.call(&["settings", "get-instance"])), json(&output));
    let none = json(&serving.call(&["settings", "set-instance", "--no-allowed-origins"]));
    assert_eq!(none["allowed_origins"].as_array().map(Vec::len), Some(0));
    let refused = serving.call(&["settings", "set-instance", "--preferred-sign-in-strategy=sms"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("form_param_value_invalid"), "{}", stderr(&refused));
    assert_eq!(serving.call(&["settings", "set-instance"]).status.code(), Some(2));
}
