//! Metadata through `guildhall members`: read from everywhere, never rewritten.

use serde_json::{Value, json};

use crate::command::{json, run_with_stdin, shown, stderr};
use crate::serving::Serving;

/// Keys of every case, some of which look like fields of the wire.
const KEYS: &str = r#"{"fooBar":1,"foo_bar":2,"FooBar":3,"foo-bar":4,"FOO":{"innerKey":{"deep_key":[{"aB":1,"a_b":2}]}},"organizationId":"x","created_at":"mine"}"#;

fn keys() -> Value {
    serde_json::from_str(KEYS).expect("it is JSON")
}

#[tokio::test]
async fn keys_of_metadata_are_never_rewritten() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let (organization_id, user_id) = (ada.organization_id.as_str(), ada.user_id.as_str());
    serving.members(&["add", organization_id, user_id, "--role", "org:member"]);

    let changed = serving.members(&["metadata", organization_id, user_id, "--public", KEYS]);
    let got = serving.members(&["get", organization_id, user_id]);
    let listed = serving.members(&["list", organization_id]);

    assert_eq!(json(&changed)["public_metadata"], keys());
    assert_eq!(json(&got)["public_metadata"], keys());
    assert_eq!(json(&listed)["public_metadata"], keys());
    let memberships =
        serving.client().organization_memberships().get(organization_id, user_id).await;
    let membership = memberships.expect("it answers").expect("it is there");
    assert_eq!(Value::Object(membership.public_metadata), keys());
}

#[tokio::test]
async fn a_new_membership_takes_metadata_from_a_file_and_from_stdin() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let path = serving.folder.path().join("public.json");
    std::fs::write(&path, KEYS).expect("a file can be made");

    let file = format!("@{}", path.display());
    let command = serving.members_command(&[
        "add",
        &ada.organization_id,
        &ada.user_id,
        "--role=org:member",
        "--public-metadata",
        &file,
        "--private-metadata",
        "-",
    ]);
    let output = run_with_stdin(command, "{\"from\": \"stdin\"}\n");

    assert_eq!(stderr(&output), "");
    let membership = json(&output);
    assert_eq!(membership["public_metadata"], keys());
    assert_eq!(membership["private_metadata"], json!({"from": "stdin"}));
}

#[tokio::test]
async fn null_removes_a_key_and_what_is_not_given_stays() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let (organization_id, user_id) = (ada.organization_id.as_str(), ada.user_id.as_str());
    serving.members(&[
        "add",
        organization_id,
        user_id,
        "--role=org:member",
        "--public-metadata",
        r#"{"team":{"color":"red","motto":"on"}}"#,
        "--private-metadata",
        r#"{"kept":true}"#,
    ]);

    let change = r#"{"team":{"motto":null}}"#;
    let output = serving.members(&["metadata", organization_id, user_id, "--public", change]);

    let membership = json(&output);
    assert_eq!(membership["public_metadata"], json!({"team": {"color": "red"}}));
    assert_eq!(membership["private_metadata"], json!({"kept": true}));
}

#[tokio::test]
async fn metadata_over_the_limit_is_refused_with_its_parameter() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let (organization_id, user_id) = (ada.organization_id.as_str(), ada.user_id.as_str());
    serving.members(&["add", organization_id, user_id, "--role=org:member"]);

    let large = json!({"text": "x".repeat(8192)}).to_string();
    let output = serving.members(&["metadata", organization_id, user_id, "--private", &large]);

    insta::assert_snapshot!(shown(&output), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 422
      The given private_metadata exceeds the maximum allowed size of 8192 bytes (8 KB). (form_param_exceeds_allowed_size, parameter `private_metadata`)
    trace id: [trace id]
    ");
}
