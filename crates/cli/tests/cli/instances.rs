//! `guildhall instances`, beside a running server and without one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_sdk::{CreateOrganizationRole, CreateSession, CreateUser, ListUsers};
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
      "max_allowed_roles": 10,
      "max_role_sets_allowed": 10,
      "name": "default",
      "session_token_version": 2
    }
    {
      "created_at": [milliseconds],
      "environment": "development",
      "instance_id": "ins_[id]",
      "max_allowed_roles": 10,
      "max_role_sets_allowed": 10,
      "name": "Second",
      "session_token_version": 2
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

#[tokio::test]
async fn an_update_is_seen_by_a_running_server_at_once() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let client = serving.client();
    let member =
        serving.members_command(&["add", &ada.organization_id, &ada.user_id, "--role=org:member"]);
    assert_eq!({ member }.output().expect("the binary can be run").status.code(), Some(0));
    let session = client.sessions().create(&CreateSession::new(ada.user_id.as_str())).await;
    let session = session.expect("it can be made");
    let claims = async || {
        let token = client.sessions().create_token(&session.id, None).await.expect("it is made");
        let claims = token.jwt.split('.').nth(1).expect("there are claims").to_owned();
        String::from_utf8(URL_SAFE_NO_PAD.decode(claims).expect("base64")).expect("text")
    };
    assert!(claims().await.contains("\"v\":2"));

    let update = ["instances", "update", "default", "--session-token-version=1"];
    let output = serving.on_folder(
        &[&update[..], &["--max-allowed-roles=0", "--max-role-sets-allowed=3"]].concat(),
    );

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "created_at": [milliseconds],
      "environment": "development",
      "instance_id": "ins_[id]",
      "max_allowed_roles": 0,
      "max_role_sets_allowed": 3,
      "name": "default",
      "session_token_version": 1
    }
    --- stderr
    "#);
    let claims = claims().await;
    assert!(claims.contains("\"org_role\"") && !claims.contains("\"v\""), "{claims}");
    let role = CreateOrganizationRole::new("org:editor", "Editor");
    let refused = client.organization_roles().create(&role).await.expect_err("there may be none");
    assert_eq!(refused.code(), Some("organization_instance_roles_quota_exceeded"));
}

#[test]
fn an_update_of_nothing_of_nobody_or_of_several_is_refused() {
    let serving = Serving::start();
    let id = json(&serving.on_folder(&["instances", "create", "default"]))["instance_id"].clone();
    let update = |which: &str, more: &[&str]| {
        let output = serving.on_folder(&[&["instances", "update", which], more].concat());
        (output.status.code(), stderr(&output))
    };
    let version = ["--session-token-version=2"];

    let (code, text) = update("default", &version);
    assert_eq!(code, Some(1));
    assert!(text.contains("2 instances are called `default`; give the id of one"), "{text}");
    let (code, text) = update("third", &version);
    assert_eq!(code, Some(1));
    assert!(text.contains("there is no instance `third`"), "{text}");
    assert_eq!(update(id.as_str().expect("an id"), &version).0, Some(0));
    let wrong: [&[&str]; 4] =
        [&[], &["--session-token-version=3"], &["--max-allowed-roles=-1"], &["--name=x"]];
    for more in wrong {
        assert_eq!(update("default", more).0, Some(2), "{more:?}");
    }
}
