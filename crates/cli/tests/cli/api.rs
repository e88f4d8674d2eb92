//! `guildhall api`.

use insta::assert_snapshot;
use serde_json::json;

use crate::command::{guildhall, json, run_with_stdin, shown, stderr, stdout};
use crate::loopback::Loopback;
use crate::serving::Serving;

#[test]
fn it_prints_the_body_of_any_request() {
    let serving = Serving::start();
    let body = r#"{"name":"Engines"}"#;

    let created = serving.call(&["api", "post", "organizations", "--data", body]);
    let counted = serving.call(&["api", "GET", "/v1/users/count?limit=1"]);

    assert_eq!(json(&created)["name"], "Engines");
    assert_eq!(json(&counted), json!({"object": "total_count", "total_count": 0}));
}

#[test]
fn a_body_comes_from_a_file_or_from_stdin() {
    let serving = Serving::start();
    let path = serving.folder.path().join("body");
    std::fs::write(&path, r#"{"first_name":"Ada"}"#).expect("a file can be made");

    let file = serving.call(&["api", "POST", "users", "-d", &format!("@{}", path.display())]);
    let command = serving.command(&["api", "POST", "users", "-d", "-"]);
    let stdin = run_with_stdin(command, r#"{"first_name":"Bea"}"#);

    assert_eq!(json(&file)["first_name"], "Ada");
    assert_eq!(json(&stdin)["first_name"], "Bea");
}

#[test]
fn a_refusal_prints_the_body_and_exits_with_1() {
    let serving = Serving::start();

    assert_snapshot!(shown(&serving.call(&["api", "GET", "users/user_nobody"])), @r#"
    exit code 1
    --- stdout
    {
      "clerk_trace_id": "[trace id]",
      "errors": [
        {
          "code": "resource_not_found",
          "long_message": "No user was found with id user_nobody",
          "message": "not found"
        }
      ]
    }
    --- stderr
    error: the server refused with status 404
    trace id: [trace id]
    "#);
}

#[test]
fn a_failure_of_the_server_exits_with_2() {
    let server = Loopback::json(503, "{}");

    assert_snapshot!(shown(&server.call(&["api", "GET", "users"])), @r"
    exit code 2
    --- stdout
    {}
    --- stderr
    error: the server failed with status 503
    trace id: trace-of-the-header
    ");
}

#[test]
fn a_body_is_printed_byte_by_byte() {
    let body = "{ \"a\" : 1.50,\n\"b\":[ ]}";
    let server = Loopback::json(200, body);

    assert_eq!(stdout(&server.call(&["api", "GET", "users"])), body);
}

#[test]
fn the_key_and_the_newest_version_are_sent_along() {
    let server = Loopback::json(200, "{}");

    server.call(&["api", "POST", "users", "--data={}"]);

    let headers = &server.heads()[0];
    for header in [
        "authorization: Bearer sk_test_scripted",
        "clerk-api-version: 2026-05-12",
        "content-type: application/json",
        "accept: application/json",
    ] {
        assert!(headers.contains(&header.to_owned()), "{header} in {headers:?}");
    }
}

#[test]
fn headers_take_the_place_of_those_sent_anyway() {
    let server = Loopback::json(200, "{}");

    server.call(&[
        "api",
        "GET",
        "users",
        "--header=Clerk-API-Version: 2021-02-05",
        "--header=Authorization:",
        "--header=X-Own: a",
        "--header=X-Own: b",
    ]);

    let headers = &server.heads()[0];
    assert!(headers.contains(&"clerk-api-version: 2021-02-05".to_owned()), "{headers:?}");
    assert!(!headers.iter().any(|it| it.starts_with("authorization")), "{headers:?}");
    assert_eq!(headers.iter().filter(|it| it.starts_with("x-own")).count(), 2);
}

#[test]
fn the_head_of_the_answer_goes_to_stderr() {
    let server = Loopback::json(200, "{}");

    assert_snapshot!(shown(&server.call(&["api", "GET", "users", "--include"])), @r"
    exit code 0
    --- stdout
    {}
    --- stderr
    HTTP/1.1 200 OK
    connection: close
    content-type: application/json
    x-clerk-trace-id: trace-of-the-header
    content-length: 2
    ");
}

#[test]
fn what_cannot_be_sent_is_refused_in_one_line() {
    for (arguments, expected) in [
        (&["G T", "users"][..], "error: `G T` cannot be a method: invalid HTTP method\n"),
        (
            &["GET", "http://other/v1/users"],
            "error: `http://other/v1/users`: give the path alone; `--api-url` names the server\n",
        ),
        (
            &["GET", "users", "--header=nonsense"],
            "error: `--header`: `nonsense` must be like `NAME:VALUE`\n",
        ),
        (
            &["GET", "users", "--data=@/nonexistent"],
            "error: `--data`: cannot read `/nonexistent`: No such file or directory (os error 2)\n",
        ),
    ] {
        let mut command = guildhall(&[&["api"], arguments].concat());
        command.env("CLERK_API_URL", "http://127.0.0.1:1").env("CLERK_SECRET_KEY", "sk_test_key");

        let output = command.output().expect("the binary can be run");

        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stderr(&output), expected);
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let mut command = guildhall(&["api", "GET", "users", "--api-url", "http://127.0.0.1:1"]);

    let output = command.env("CLERK_SECRET_KEY", "sk_test_key").output();

    assert_snapshot!(shown(&output.expect("the binary can be run")), @r"
    exit code 2
    --- stdout
    --- stderr
    error: the server could not be reached; nothing was sent: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)
    hint: is the server running at http://127.0.0.1:[port]/v1? `guildhall serve` starts one
    ");
}
