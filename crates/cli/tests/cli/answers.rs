//! What `guildhall members` makes of answers that are not a success.

use insta::assert_snapshot;

use crate::command::{guildhall, shown};
use crate::loopback::Loopback;

const ADD: [&str; 5] = ["add", "org_1", "user_1", "--role", "org:member"];

#[test]
fn every_error_of_an_answer_is_told_with_its_parameter() {
    let server = Loopback::json(
        422,
        r#"{"errors":[
            {"message":"is missing","long_message":"user_id must be included.","code":"form_param_missing","meta":{"param_name":"user_id"}},
            {"message":"is unknown","long_message":"","code":"a_code_of_the_future"},
            {"message":"is invalid","long_message":"role is invalid.","code":"form_param_value_invalid","meta":{"param_name":"role"}}
        ],"clerk_trace_id":"trace-of-the-body"}"#,
    );

    assert_snapshot!(shown(&server.members(&ADD)), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 422
      user_id must be included. (form_param_missing, parameter `user_id`)
      is unknown (a_code_of_the_future)
      role is invalid. (form_param_value_invalid, parameter `role`)
    trace id: trace-of-the-body
    ");
}

#[test]
fn an_answer_without_errors_is_told_by_its_status() {
    let server = Loopback::json(422, r#"{"errors":[]}"#);

    assert_snapshot!(shown(&server.members(&ADD)), @r#"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 422
      {"errors":[]}
    hint: this is no answer of the API; does `--api-url` lead to it? calls go to http://127.0.0.1:[port]/v1
    trace id: trace-of-the-header
    "#);
}

#[test]
fn a_page_of_a_proxy_is_told_by_its_beginning() {
    let server = Loopback::with_type(502, "text/html", "<html>\n<h1>Bad Gateway</h1></html>");

    assert_snapshot!(shown(&server.members(&ADD)), @r"
    exit code 2
    --- stdout
    --- stderr
    error: the server failed with status 502
      <html> <h1>Bad Gateway</h1></html>
    hint: this is no answer of the API; does `--api-url` lead to it? calls go to http://127.0.0.1:[port]/v1
    trace id: trace-of-the-header
    ");
}

#[test]
fn a_success_that_is_no_json_is_a_failure() {
    let server = Loopback::with_type(200, "text/html", "<html>Welcome</html>");

    assert_snapshot!(shown(&server.members(&ADD)), @r"
    exit code 2
    --- stdout
    --- stderr
    error: the answer with status 200 could not be read: expected value at line 1 column 1
      <html>Welcome</html>
    hint: does `--api-url` lead to the API itself? calls go to http://127.0.0.1:[port]/v1
    trace id: trace-of-the-header
    ");
}

#[test]
fn a_failure_of_the_server_is_no_refusal() {
    let server = Loopback::json(
        500,
        r#"{"errors":[{"message":"Oops","long_message":"There was an internal error.","code":"internal_clerk_error"}]}"#,
    );

    assert_snapshot!(shown(&server.members(&ADD)), @r"
    exit code 2
    --- stdout
    --- stderr
    error: the server failed with status 500
      There was an internal error. (internal_clerk_error)
    hint: the server's log tells more under the trace id
    trace id: trace-of-the-header
    ");
}

#[test]
fn messages_of_a_server_cannot_control_the_terminal() {
    let server = Loopback::json(
        400,
        r#"{"errors":[{"message":"\u001b[2J","long_message":"a\u001b[31m\nb","code":"odd\u0007"}]}"#,
    );

    assert_snapshot!(shown(&server.members(&ADD)), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the server refused with status 400
      a�[31m�b (odd�)
    trace id: trace-of-the-header
    ");
}

#[test]
fn a_lost_answer_is_told_as_one_that_may_have_been_carried_out() {
    let server = Loopback::answering("");

    assert_snapshot!(shown(&server.members(&ADD)), @r"
    exit code 2
    --- stdout
    --- stderr
    error: no whole answer came; the request may have been carried out: error sending request: client error (SendRequest): connection closed before message completed
    hint: http://127.0.0.1:[port]/v1 may have carried it out; look with `guildhall members get` before you try again
    ");
    assert_eq!(server.targets().len(), 1);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    // Nothing listens on port 1 of loopback.
    let mut command = guildhall(&["members", "list", "org_1", "--api-url", "http://127.0.0.1:1"]);

    let output = command.env("CLERK_SECRET_KEY", "sk_test_key").output();

    assert_snapshot!(shown(&output.expect("the binary can be run")), @r"
    exit code 2
    --- stdout
    --- stderr
    error: the server could not be reached; nothing was sent: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)
    hint: is the server running at http://127.0.0.1:[port]/v1? `guildhall serve` starts one
    ");
}
