//! `guildhall instances`, beside a running server and without one.

use guildhall_sdk::{CreateUser, ListUsers};
use insta::assert_snapshot;

use crate::command::{guildhall, json, run, shown, stderr};
use crate::serving::Serving;

#[test]
fn create_prints_the_id_and_the_first_key() {
    let serving = Serving::start();

    assert_snapshot!(shown(&serving.on_folder(&["instances", "create", "Second"])), @r#"
    exit code 0
    --- stdout
    {
      "environment": "development",
      "instance_id": "ins_[id]",
      "key_id": "key_[id]",
      "name": "Second",
      "secret_key": "sk_test_[key]"
    }
    --- stderr
    "#);
}

#[test]
fn keys_of_a_production_instance_say_so() {
    let serving = Serving::start();

    let output = serving.on_folder(&["instances", "create", "Shop", "--environment", "production"]);

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "environment": "production",
      "instance_id": "ins_[id]",
      "key_id": "key_[id]",
      "name": "Shop",
      "secret_key": "sk_live_[key]"
    }
    --- stderr
    "#);
}

#[test]
fn list_prints_every_instance_oldest_first() {
    let serving = Serving::start();
    serving.on_folder(&["instances", "create", "Second"]);

    assert_snapshot!(shown(&serving.on_folder(&["instances", "list"])), @r#"
    exit code 0
    --- stdout
    {
      "created_at": [milliseconds],
      "environment": "development",
      "instance_id": "ins_[id]",
      "name": "default"
    }
    {
      "created_at": [milliseconds],
      "environment": "development",
      "instance_id": "ins_[id]",
      "name": "Second"
    }
    --- stderr
    "#);
}

#[tokio::test]
async fn instances_do_not_see_each_other() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let second = json(&serving.on_folder(&["instances", "create", "Second"]));
    let stranger = serving.client_with(second["secret_key"].as_str().expect("a key"));

    let user = stranger.users().get(&ada.user_id).await;
    let organization = serving
        .members_command(&["add", &ada.organization_id, &ada.user_id, "--role=org:member"])
        .env("CLERK_SECRET_KEY", second["secret_key"].as_str().expect("a key"))
        .output()
        .expect("the binary can be run");

    assert!(user.expect_err("it is of another instance").is_not_found());
    assert_eq!(organization.status.code(), Some(1));
    assert!(stderr(&organization).contains("status 404"), "{}", stderr(&organization));
    assert_eq!(stranger.users().count(&ListUsers::default()).await.expect("it answers"), 0);
}

#[tokio::test]
async fn a_new_instance_can_be_used_at_once() {
    let serving = Serving::start();
    let second = json(&serving.on_folder(&["instances", "create", "Second"]));

    let client = serving.client_with(second["secret_key"].as_str().expect("a key"));

    assert!(client.users().create(&CreateUser::default()).await.is_ok());
}

#[test]
fn create_makes_the_data_folder() {
    let folder = tempfile::tempdir().expect("a folder can be made");

    let mut command = guildhall(&["instances", "create", "First", "--json"]);
    let output = command.current_dir(folder.path()).output().expect("the binary can be run");

    assert_eq!(stderr(&output), "");
    assert_eq!(json(&output)["name"], "First");
    assert!(folder.path().join("guildhall-data").is_dir());
}

#[test]
fn list_does_not_make_a_data_folder() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let data = folder.path().join("data");

    let output = run(&["instances", "list", "--data", data.to_str().expect("UTF-8")]);

    assert!(!data.exists());
    assert_snapshot!(shown(&output).replace(&*data.to_string_lossy(), "[data]"), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--data` (`GUILDHALL_DATA`): `guildhall serve` and `guildhall instances create` make one: the data folder `[data]` cannot be used: No such file or directory (os error 2)
    ");
}

#[test]
fn a_blank_name_is_refused() {
    let serving = Serving::start();

    assert_snapshot!(shown(&serving.on_folder(&["instances", "create", " "])), @r"
    exit code 2
    --- stdout
    --- stderr
    error: the name of an instance must not be blank
    ");
}
