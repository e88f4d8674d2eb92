//! `guildhall keys` beside a running server.

use guildhall_sdk::{CreateSession, CreateUser, ErrorKind, ListUsers};
use insta::assert_snapshot;

use crate::command::{json, lines, shown, stderr, stdout};
use crate::serving::Serving;

/// The id of the first instance.
fn instance_id(serving: &Serving) -> String {
    let instance = json(&serving.on_folder(&["instances", "list"]));
    instance["instance_id"].as_str().expect("it is text").to_owned()
}

/// The id of the newest key.
fn newest_key_id(serving: &Serving) -> String {
    let keys = lines(&serving.on_folder(&["keys", "list"]));
    let newest = keys.last().expect("there are keys");
    newest["key_id"].as_str().expect("it is text").to_owned()
}

#[tokio::test]
async fn a_new_key_opens_its_instance_at_once() {
    let serving = Serving::start();
    let ada = serving.ada().await;

    let output = serving.on_folder(&["keys", "create", &instance_id(&serving)]);

    let secret_key = json(&output)["secret_key"].as_str().expect("it is text").to_owned();
    assert!(serving.client_with(&secret_key).users().get(&ada.user_id).await.is_ok());
    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "environment": "development",
      "instance_id": "ins_[id]",
      "key_id": "key_[id]",
      "name": "default",
      "secret_key": "sk_test_[key]"
    }
    --- stderr
    "#);
}

#[test]
fn list_prints_every_key_but_not_the_secrets() {
    let serving = Serving::start();
    serving.on_folder(&["keys", "create", &instance_id(&serving)]);

    assert_snapshot!(shown(&serving.on_folder(&["keys", "list"])), @r#"
    exit code 0
    --- stdout
    {
      "created_at": [milliseconds],
      "instance_id": "ins_[id]",
      "key_id": "key_[id]",
      "origin": "development",
      "revoked_at": null
    }
    {
      "created_at": [milliseconds],
      "instance_id": "ins_[id]",
      "key_id": "key_[id]",
      "origin": "created",
      "revoked_at": null
    }
    --- stderr
    "#);
}

#[test]
fn list_can_be_of_one_instance() {
    let serving = Serving::start();
    let second = json(&serving.on_folder(&["instances", "create", "Second"]));
    let second = second["instance_id"].as_str().expect("it is text");

    let key = json(&serving.on_folder(&["keys", "list", second]));

    assert_eq!(key["instance_id"], second);
}

#[tokio::test]
async fn a_revoked_key_is_refused_from_the_next_request_on() {
    let serving = Serving::start();
    let created = json(&serving.on_folder(&["keys", "create", &instance_id(&serving)]));
    let client = serving.client_with(created["secret_key"].as_str().expect("it is text"));
    client.users().list(&ListUsers::default()).await.expect("the key is good");

    let output = serving.on_folder(&["keys", "revoke", &newest_key_id(&serving), "--yes"]);

    let refused = client.users().list(&ListUsers::default()).await.expect_err("it is revoked");
    assert_eq!(refused.kind(), ErrorKind::Unauthorized);
    assert!(serving.client().users().list(&ListUsers::default()).await.is_ok());
    assert_snapshot!(shown(&output), @r"
    exit code 0
    --- stdout
    --- stderr
    Revoked `key_[id]`.
    ");
}

#[test]
fn what_does_not_exist_is_refused() {
    let serving = Serving::start();

    for arguments in [
        &["keys", "create", "ins_nobody"][..],
        &["keys", "list", "ins_nobody"],
        &["keys", "revoke", "key_nobody", "--yes"],
    ] {
        let output = serving.on_folder(arguments);

        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(stderr(&output).contains(arguments[2]), "{}", stderr(&output));
    }
}

#[test]
fn a_key_is_not_revoked_unasked() {
    let serving = Serving::start();

    let output = serving.on_folder(&["keys", "revoke", &newest_key_id(&serving)]);

    assert_snapshot!(shown(&output), @r"
    exit code 2
    --- stdout
    --- stderr
    error: this cannot be taken back, and there is no terminal to ask on; give `--yes`
    ");
    assert_eq!(json(&serving.on_folder(&["keys", "list"]))["revoked_at"], serde_json::Value::Null);
}

#[test]
fn a_key_is_not_revoked_by_its_secret() {
    let serving = Serving::start();

    let output = serving.on_folder(&["keys", "revoke", serving.line("CLERK_SECRET_KEY")]);

    assert_snapshot!(shown(&output), @r"
    exit code 1
    --- stdout
    --- stderr
    error: give the id of the key (`key_…`), not the key itself; see `guildhall keys list`
    ");
}

/// The ids of the keys that verify tokens; the first one signs.
async fn signing_key_ids(serving: &Serving) -> Vec<String> {
    let keys = serving.client().sessions().keys().await.expect("there are keys");
    keys.keys.into_iter().map(|key| key.kid).collect()
}

#[tokio::test]
async fn a_new_signing_key_signs_and_the_one_before_is_still_told() {
    let serving = Serving::start();
    let client = serving.client();
    let user = client.users().create(&CreateUser::default()).await.expect("it can be made");
    let new = CreateSession::new(user.id.as_str());
    let session = client.sessions().create(&new).await.expect("it can be made");
    client.sessions().create_token(&session.id, None).await.expect("it can be made");
    let instance = instance_id(&serving);
    assert_eq!(signing_key_ids(&serving).await, [instance.as_str()]);

    let output = serving.on_folder(&["keys", "rotate-signing", &instance]);

    let ids = signing_key_ids(&serving).await;
    let [new, old] = &ids[..] else { panic!("not two keys: {ids:?}") };
    assert_eq!(*old, instance);
    let told = format!("Session tokens are signed by `{new}` from now on.\n");
    assert_eq!(stderr(&output), told);
    client.sessions().create_token(&session.id, None).await.expect("it can be made");

    // One that may be in wrong hands is told no longer.
    serving.on_folder(&["keys", "rotate-signing", &instance, "--overlap", "0"]);
    let ids = signing_key_ids(&serving).await;
    assert!(ids.len() == 1 && ids[0] != *new, "{ids:?}");
}

#[tokio::test]
async fn a_lost_server_key_is_mended_by_a_new_signing_key() {
    let serving = Serving::start();
    let client = serving.client();
    let user = client.users().create(&CreateUser::default()).await.expect("it can be made");
    let new = CreateSession::new(user.id.as_str());
    let session = client.sessions().create(&new).await.expect("it can be made");
    signing_key_ids(&serving).await;
    std::fs::remove_file(serving.data().join("server-key")).expect("it can be removed");

    let refused = client.sessions().create_token(&session.id, None).await;
    assert_eq!(refused.map_err(|error| error.kind()), Err(ErrorKind::Server));
    assert!(serving.log().contains("guildhall keys rotate-signing"), "{}", serving.log());

    let instance = instance_id(&serving);
    let output = serving.on_folder(&["keys", "rotate-signing", &instance]);
    assert!(output.status.success(), "{}", stderr(&output));
    client.sessions().create_token(&session.id, None).await.expect("it can be made");
}

#[test]
fn a_public_key_is_printed_as_pem() {
    let serving = Serving::start();
    let instance = instance_id(&serving);

    let first = serving.on_folder(&["keys", "export-public", &instance]);
    let again = serving.on_folder(&["keys", "export-public", &instance]);

    assert_eq!(stdout(&first), stdout(&again));
    assert!(
        stdout(&first).starts_with("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A")
    );
    assert!(stdout(&first).ends_with("IDAQAB\n-----END PUBLIC KEY-----\n"), "{}", stdout(&first));
    let missing = serving.on_folder(&["keys", "export-public", "ins_none"]);
    assert!(stderr(&missing).contains("there is no instance `ins_none`"), "{}", stderr(&missing));
}
