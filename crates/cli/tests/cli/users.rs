//! `guildhall users` against a running server.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::command::{json, lines, run_with_stdin, shown, stderr, stdout};
use crate::loopback::Loopback;
use crate::serving::Serving;

/// Makes a user with these flags; gives what was printed.
fn create(serving: &Serving, flags: &[&str]) -> Value {
    json(&serving.call(&[&["users", "create"], flags].concat()))
}

fn id_of(user: &Value) -> &str {
    user["id"].as_str().expect("it has an id")
}

#[test]
fn create_takes_every_field() {
    let serving = Serving::start();
    let path = serving.folder.path().join("password");
    std::fs::write(&path, "correct horse battery\n").expect("a file can be made");

    let user = create(
        &serving,
        &[
            "--first-name=Ada",
            "--last-name=Lovelace",
            "--email-address=ada@example.com",
            "--email-address=countess@example.com",
            "--email-address-identification-status=verified",
            "--email-address-identification-status=reserved",
            "--phone-number=+15555550100",
            "--username=ada",
            "--external-id=ext_1",
            "--locale=en-GB",
            "--password-file",
            path.to_str().expect("the path is UTF-8"),
            "--skip-password-checks=true",
            r#"--public-metadata={"a":1}"#,
            r#"--private-metadata={"b":2}"#,
            r#"--unsafe-metadata={"c":3}"#,
            "--delete-self-enabled=false",
            "--create-organization-enabled=false",
            "--create-organizations-limit=4",
            "--legal-accepted-at=2020-01-31T12:00:00Z",
            "--created-at=2020-01-31T12:00:00Z",
            "--bypass-client-trust=true",
            "--banned=true",
        ],
    );

    assert_eq!(user["email_addresses"][0]["email_address"], "ada@example.com");
    assert_eq!(user["email_addresses"][1]["reserved"], true);
    assert_eq!(user["phone_numbers"][0]["phone_number"], "+15555550100");
    for (field, value) in [
        ("first_name", json!("Ada")),
        ("last_name", json!("Lovelace")),
        ("username", json!("ada")),
        ("external_id", json!("ext_1")),
        ("locale", json!("en-GB")),
        ("password_enabled", json!(true)),
        ("public_metadata", json!({"a": 1})),
        ("private_metadata", json!({"b": 2})),
        ("unsafe_metadata", json!({"c": 3})),
        ("delete_self_enabled", json!(false)),
        ("create_organization_enabled", json!(false)),
        ("create_organizations_limit", json!(4)),
        ("legal_accepted_at", json!(1_580_472_000_000_i64)),
        ("created_at", json!(1_580_472_000_000_i64)),
        ("bypass_client_trust", json!(true)),
        ("banned", json!(true)),
    ] {
        assert_eq!(user[field], value, "{field}");
    }
}

#[test]
fn a_password_can_come_from_stdin() {
    let serving = Serving::start();

    let command = serving.command(&["users", "create", "--password-file", "-"]);
    let output = run_with_stdin(command, "correct horse battery\n");

    assert_eq!(json(&output)["password_enabled"], true);
}

#[test]
fn only_one_value_can_come_from_stdin() {
    let serving = Serving::start();
    let arguments = ["users", "create", "--password-file=-", "--public-metadata=-"];

    assert_snapshot!(shown(&run_with_stdin(serving.command(&arguments), "")), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--password-file` and `--public-metadata` cannot both be read from stdin
    ");
}

#[test]
fn get_prints_one_user() {
    let serving = Serving::start();
    let user = create(&serving, &["--first-name=Ada"]);

    assert_eq!(json(&serving.call(&["users", "get", id_of(&user)])), user);
}

#[test]
fn get_of_a_user_who_is_not_there_is_refused() {
    let serving = Serving::start();

    assert_snapshot!(shown(&serving.call(&["users", "get", "user_nobody"])), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 404
      No user was found with id user_nobody (resource_not_found)
    hint: check the ids: organizations look like `org_…`, users like `user_…`, roles like `role_…`, permissions like `perm_…`, role sets like `role_set:…`, sessions like `sess_…`, and all must be of the instance that the secret key opens
    trace id: [trace id]
    ");
}

#[test]
fn list_prints_one_user_a_line() {
    let serving = Serving::start();
    for name in ["Ada", "Bea", "Cleo"] {
        create(&serving, &["--first-name", name]);
    }

    let output = serving.call(&["users", "list", "--all", "--limit=2", "--order-by=first_name"]);

    let names: Vec<_> = lines(&output).iter().map(|row| row["first_name"].clone()).collect();
    assert_eq!(names, ["Ada", "Bea", "Cleo"]);
}

#[test]
fn a_full_page_may_not_be_the_end() {
    let serving = Serving::start();
    for name in ["Ada", "Bea"] {
        create(&serving, &["--first-name", name]);
    }

    let output = serving.call(&["users", "list", "--limit=1"]);

    let expected = "1, after the first 0; `--offset 1` goes on, `--all` lists all\n";
    assert_eq!(stderr(&output), expected);
}

#[test]
fn a_list_can_begin_after_a_user() {
    let serving = Serving::start();
    let ada = create(&serving, &["--first-name=Ada"]);
    let bea = create(&serving, &["--first-name=Bea"]);

    let output = serving.call(&[
        "users",
        "list",
        "--order-by=created_at",
        "--starting-after",
        id_of(&ada),
        "--limit=1",
    ]);

    assert_eq!(json(&output), bea);
    assert_eq!(stderr(&output), "");
}

#[test]
fn count_prints_how_many_match() {
    let serving = Serving::start();
    for name in ["Ada", "Bea"] {
        create(&serving, &["--first-name", name]);
    }

    assert_snapshot!(shown(&serving.call(&["users", "count", "--name-query=ad"])), @r#"
    exit code 0
    --- stdout
    {
      "object": "total_count",
      "total_count": 1
    }
    --- stderr
    "#);
}

#[test]
fn every_filter_is_sent_under_its_own_name() {
    let server = Loopback::json(200, "[]");
    let texts = [
        "email_address",
        "email_address_query",
        "external_id",
        "name_query",
        "organization_id",
        "phone_number",
        "phone_number_query",
        "query",
        "user_id",
        "username",
        "username_query",
        "web3_wallet",
    ];
    let numbers = [
        "created_at_after",
        "created_at_before",
        "last_active_at_after",
        "last_active_at_before",
        "last_sign_in_at_after",
        "last_sign_in_at_before",
        "limit",
        "offset",
    ];
    let mut expected: Vec<_> = texts.iter().map(|name| format!("{name}=of_{name}")).collect();
    expected.extend(numbers.iter().map(|name| format!("{name}=7")));
    expected.push("banned=false".to_owned());
    let flag = |pair: &String| {
        let (name, value) = pair.split_once('=').expect("it is a pair");
        format!("--{}={value}", name.replace('_', "-"))
    };
    let mut arguments = vec!["users".to_owned(), "list".to_owned()];
    arguments.extend(expected.iter().map(flag));
    arguments.push("--order-by=-last_sign_in_at".to_owned());
    expected.push("order_by=-last_sign_in_at".to_owned());

    server.call(&arguments.iter().map(String::as_str).collect::<Vec<_>>());

    let targets = server.targets();
    let (path, query) = targets[0].split_once('?').expect("there is a query");
    let mut pairs: Vec<_> = query.split('&').map(str::to_owned).collect();
    pairs.sort_unstable();
    expected.sort_unstable();
    assert_eq!(path, "GET /v1/users");
    assert_eq!(pairs, expected);
}

#[test]
fn update_sets_and_clears_fields() {
    let serving = Serving::start();
    let user = create(&serving, &["--first-name=Ada", "--last-name=Byron", "--username=ada"]);

    let output = serving.call(&[
        "users",
        "update",
        id_of(&user),
        "--last-name=Lovelace",
        "--external-id=ext_1",
        "--clear=first-name",
        "--clear=username",
    ]);

    let user = json(&output);
    assert_eq!(user["first_name"], Value::Null);
    assert_eq!(user["last_name"], "Lovelace");
    assert_eq!(user["username"], Value::Null);
    assert_eq!(user["external_id"], "ext_1");
}

#[test]
fn a_password_alone_is_a_change() {
    let serving = Serving::start();
    let user = create(&serving, &[]);

    let command = serving.command(&["users", "update", id_of(&user), "--password-file=-"]);
    let output = run_with_stdin(command, "correct horse battery");

    assert_eq!(json(&output)["password_enabled"], true);
}

#[test]
fn a_field_is_not_set_and_cleared_at_once() {
    let serving = Serving::start();
    let arguments = ["users", "update", "user_1", "--first-name=Ada", "--clear=first-name"];

    assert_snapshot!(shown(&serving.call(&arguments)), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--first-name` and `--clear first-name` exclude each other
    ");
}

#[test]
fn metadata_is_merged_or_replaced() {
    let serving = Serving::start();
    let user = create(&serving, &[r#"--unsafe-metadata={"theme":"dark","size":1}"#]);
    let metadata = |arguments: &[&str]| {
        json(&serving.call(&[&["users", "metadata", id_of(&user)], arguments].concat()))
    };

    let merged = metadata(&["--unsafe", r#"{"size":null}"#, "--public", r#"{"plan":"team"}"#]);
    let replaced = metadata(&["--unsafe", r#"{"new":1}"#, "--replace"]);

    assert_eq!(merged["unsafe_metadata"], json!({"theme": "dark"}));
    assert_eq!(replaced["unsafe_metadata"], json!({"new": 1}));
    assert_eq!(replaced["public_metadata"], json!({"plan": "team"}));
}

#[test]
fn delete_prints_who_is_gone() {
    let serving = Serving::start();
    let user = create(&serving, &["--first-name=Ada"]);

    let output = serving.call(&["users", "delete", id_of(&user), "--yes"]);

    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "deleted": true,
      "id": "user_[id]",
      "object": "user"
    }
    --- stderr
    "#);
    assert_eq!(stdout(&serving.call(&["users", "list"])), "");
}
