//! `guildhall sessions` against a running server.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::command::{json, lines, shown, stderr, stdout};
use crate::loopback::Loopback;
use crate::serving::{Ada, Serving};

/// Ada, who is a member of her organization.
async fn member(serving: &Serving) -> Ada {
    let ada = serving.ada().await;
    serving.members(&["add", &ada.organization_id, &ada.user_id, "--role=org:member"]);
    ada
}

fn create(serving: &Serving, user_id: &str) -> String {
    id(&json(&serving.call(&["sessions", "create", user_id])))
}

fn id(session: &Value) -> String {
    session["id"].as_str().expect("it has an id").to_owned()
}

#[tokio::test]
async fn create_prints_the_new_session() {
    let serving = Serving::start();
    let ada = member(&serving).await;

    let output = serving.call(&["sessions", "create", &ada.user_id]);

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "abandon_at": [milliseconds],
      "client_id": "client_[id]",
      "created_at": [milliseconds],
      "expire_at": [milliseconds],
      "id": "sess_[id]",
      "last_active_at": [milliseconds],
      "last_active_organization_id": "org_[id]",
      "object": "session",
      "status": "active",
      "updated_at": [milliseconds],
      "user_id": "user_[id]"
    }
    --- stderr
    "#);
}

#[tokio::test]
async fn create_takes_the_organization_to_be_active() {
    let serving = Serving::start();
    let ada = member(&serving).await;
    let new = guildhall_sdk::CreateOrganization::new("Other");
    let other = serving.client().organizations().create(&new).await.unwrap().id.to_string();
    serving.members(&["add", &other, &ada.user_id, "--role=org:member"]);
    let flag = |id: &str| format!("--active-organization-id={id}");

    let first = flag(&ada.organization_id);
    let session = json(&serving.call(&["sessions", "create", &ada.user_id, &first]));
    let stranger = serving.call(&["users", "create"]);
    let refused = serving.call(&["sessions", "create", &id(&json(&stranger)), &first]);

    assert_eq!(session["last_active_organization_id"], ada.organization_id.as_str());
    assert_eq!(refused.status.code(), Some(1));
    let told = stderr(&refused);
    assert!(told.contains("organization_not_found_or_unauthorized"), "{told}");
}

#[tokio::test]
async fn get_shows_what_create_made() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let made = json(&serving.call(&["sessions", "create", &ada.user_id]));

    let read = json(&serving.call(&["sessions", "get", &id(&made)]));

    assert_eq!(read, made);
}

#[test]
fn an_id_that_no_session_has_is_refused_by_the_server() {
    assert_snapshot!(shown(&Serving::start().call(&["sessions", "get", "sess_nobody"])), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 404
      No session was found with id sess_nobody (resource_not_found)
    hint: check the ids: organizations look like `org_…`, users like `user_…`, roles like `role_…`, permissions like `perm_…`, role sets like `role_set:…`, sessions like `sess_…`, and all must be of the instance that the secret key opens
    trace id: [trace id]
    ");
}

#[tokio::test]
async fn list_prints_one_session_a_line() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let first = create(&serving, &ada.user_id);
    let second = create(&serving, &ada.user_id);
    let stranger = id(&json(&serving.call(&["users", "create"])));
    let third = create(&serving, &stranger);
    serving.call(&["sessions", "revoke", &first, "--yes"]);
    let user = format!("--user-id={}", ada.user_id);
    let client = json(&serving.call(&["sessions", "get", &third]))["client_id"].clone();
    let client = format!("--client-id={}", client.as_str().expect("it has a client"));

    let all = serving.call(&["sessions", "list", "--all", "--limit=2"]);
    let of_user = serving.call(&["sessions", "list", &user]);
    let active = serving.call(&["sessions", "list", &user, "--status=active"]);
    let of_client = serving.call(&["sessions", "list", &client]);
    let page = serving.call(&["sessions", "list", "--limit=1", "--offset=1"]);
    let count = serving.call(&["sessions", "list", "--status=revoked", "--count"]);

    let ids = |output| lines(output).iter().map(id).collect::<Vec<_>>();
    assert_eq!(ids(&all), [&*third, &second, &first]);
    assert_eq!(ids(&of_user), [&*second, &first]);
    assert_eq!(ids(&active), [&*second]);
    assert_eq!(ids(&of_client), [&*third]);
    assert_eq!(ids(&page), [&*second]);
    assert_eq!(
        stderr(&page),
        "1 of 3, after the first 1; `--offset 2` goes on, `--all` lists all\n"
    );
    assert_eq!(json(&count), json!({"object": "total_count", "total_count": 1}));
}

#[test]
fn a_status_that_there_is_not_is_refused() {
    let output = Serving::start().call(&["sessions", "list", "--status=asleep"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("parameter `status`"), "{}", stderr(&output));
}

#[test]
fn a_page_is_asked_for_as_the_flags_say() {
    let server = Loopback::json(200, r#"{"data":[],"total_count":0}"#);

    server.call(&[
        "sessions",
        "list",
        "--limit=7",
        "--offset=8",
        "--user-id=user_1",
        "--client-id=client_1",
        "--status=active",
    ]);

    let targets = server.targets();
    let (path, query) = targets[0].split_once('?').expect("there is a query");
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_unstable();
    assert_eq!(path, "GET /v1/sessions");
    let expected = [
        "client_id=client_1",
        "limit=7",
        "offset=8",
        "paginated=true",
        "status=active",
        "user_id=user_1",
    ];
    assert_eq!(pairs, expected);
}

#[tokio::test]
async fn set_active_takes_an_organization_or_none() {
    let serving = Serving::start();
    let ada = member(&serving).await;
    let session = create(&serving, &ada.user_id);
    let active = |output| json(output)["last_active_organization_id"].clone();

    let none = serving.call(&["sessions", "set-active", &session, "--none"]);
    let next = serving.call(&["sessions", "create", &ada.user_id]);
    let set = serving.call(&["sessions", "set-active", &session, &ada.organization_id]);

    assert_eq!(active(&none), Value::Null);
    assert_eq!(active(&next), Value::Null);
    assert_eq!(active(&set), ada.organization_id.as_str());
}

#[tokio::test]
async fn an_organization_without_the_user_cannot_be_active() {
    let serving = Serving::start();
    let ada = serving.ada().await;
    let session = create(&serving, &ada.user_id);

    let output = serving.call(&["sessions", "set-active", &session, &ada.organization_id]);

    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.contains("organization_not_found_or_unauthorized"), "{told}");
}

#[test]
fn an_active_organization_is_either_one_or_none() {
    let serving = Serving::start();

    let nothing = serving.call(&["sessions", "set-active", "sess_1"]);
    let both = serving.call(&["sessions", "set-active", "sess_1", "org_1", "--none"]);

    assert_eq!(nothing.status.code(), Some(2));
    assert!(stderr(&nothing).contains("<ORGANIZATION_ID|--none>"), "{}", stderr(&nothing));
    assert_eq!(both.status.code(), Some(2));
    assert!(stderr(&both).contains("cannot be used with"), "{}", stderr(&both));
}

#[tokio::test]
async fn a_token_is_what_a_verifier_takes() {
    let serving = Serving::start();
    let ada = member(&serving).await;
    let session = create(&serving, &ada.user_id);
    let verifier = guildhall_sdk::TokenVerifier::with_client(&serving.client()).build().unwrap();

    let answer = json(&serving.call(&["sessions", "token", &session]));
    let raw = serving.call(&["sessions", "token", &session, "--raw", "--expires-in-seconds=3600"]);

    assert_eq!(answer["object"], "token");
    let token = answer["jwt"].as_str().unwrap();
    assert_eq!(verifier.verify(token).await.unwrap().session_id.as_str(), session);
    let raw = stdout(&raw);
    let verified = verifier.verify(raw.trim_end()).await.unwrap();
    assert_eq!(verified.organization_id(), Some(ada.organization_id.as_str()));
    assert_eq!(verified.expires_at - verified.issued_at.unwrap(), 3600);
}

#[tokio::test]
async fn a_token_may_not_be_too_short_nor_printed_in_two_ways() {
    let serving = Serving::start();
    let session = create(&serving, &serving.ada().await.user_id);

    let short = serving.call(&["sessions", "token", &session, "--expires-in-seconds=29"]);
    let both = serving.call(&["sessions", "token", &session, "--raw", "--json"]);

    assert_eq!(short.status.code(), Some(1));
    assert!(stderr(&short).contains("parameter `expires_in_seconds`"), "{}", stderr(&short));
    assert_eq!(both.status.code(), Some(2));
    assert!(stderr(&both).contains("cannot be used with"), "{}", stderr(&both));
}

#[tokio::test]
async fn a_session_that_was_revoked_has_no_token() {
    let serving = Serving::start();
    let session = create(&serving, &serving.ada().await.user_id);

    let revoked = serving.call(&["sessions", "revoke", &session, "--yes"]);
    let token = serving.call(&["sessions", "token", &session]);

    assert_eq!(json(&revoked)["status"], "revoked");
    assert_eq!(token.status.code(), Some(1));
    assert!(stderr(&token).contains("No session was found"), "{}", stderr(&token));
}

#[test]
fn who_may_not_sign_in_on_a_production_instance_is_told_the_way_out() {
    let serving = Serving::start();
    let made = serving.on_folder(&["instances", "create", "shop", "--environment=production"]);
    let key = json(&made)["secret_key"].as_str().expect("it has a key").to_owned();
    let mut command = serving.command(&["sessions", "create", "user_1"]);
    command.env("CLERK_SECRET_KEY", key);

    let output = command.output().expect("the binary can be run");

    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.contains("hint: `guildhall serve --production-sessions allow`"), "{told}");
}
