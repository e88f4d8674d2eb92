//! How answers that are not a success reach the caller.

use std::time::Duration;

use guildhall_sdk::{Client, Delivery, Error, ErrorKind};
use serde_json::json;
use tokio::net::TcpListener;

use crate::loopback::{Answer, Loopback, SECRET_KEY};

/// The error of one call that is answered so.
async fn error(answer: Answer) -> Error {
    let server = Loopback::scripted(vec![answer]).await;
    let client = server.builder().retries(1).build().expect("the configuration is valid");
    let answered = client.organization_memberships().delete("org_1", "user_1").await;
    answered.expect_err("the answer is none of a removal")
}

#[tokio::test]
async fn every_error_of_an_answer_can_be_read() {
    let body = json!({
        "errors": [
            {"message": "is missing", "long_message": "user_id must be included.",
             "code": "form_param_missing", "meta": {"param_name": "user_id"}},
            {"message": "is missing", "long_message": "role must be included.",
             "code": "form_param_missing"},
            {"message": "new", "long_message": "Something new.", "code": "a_code_of_the_future"}
        ],
        "clerk_trace_id": "0123456789abcdef0123456789abcdef"
    });

    let error = error(Answer::json(422, &body)).await;

    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(error.status(), Some(422));
    assert_eq!(error.code(), Some("form_param_missing"));
    assert_eq!(error.errors().len(), 3);
    assert_eq!(error.errors()[0].param_name(), Some("user_id"));
    assert_eq!(error.errors()[2].code, "a_code_of_the_future");
    assert_eq!(error.trace_id(), Some("0123456789abcdef0123456789abcdef"));
    assert_eq!(
        error.to_string(),
        "422 Unprocessable Entity: user_id must be included. (parameter `user_id`), \
         and 2 other errors [trace 0123456789abcdef0123456789abcdef]"
    );
}

#[tokio::test]
async fn a_page_of_a_proxy_becomes_an_error_with_its_beginning() {
    let headers = [("Content-Type", "text/html"), ("cf-ray", "a2cf87db58fdeedd-PDX")];
    let html = format!("<html>\n<title>Bad gateway</title>{}", "é".repeat(100_000));

    let error = error(Answer::with_headers(502, &headers, &html)).await;

    let shown = error.to_string();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!(error.code(), None);
    assert_eq!(error.trace_id(), Some("a2cf87db58fdeedd-PDX"));
    assert!(shown.starts_with("502 Bad Gateway: <html> <title>Bad gateway</title>éé"), "{shown}");
    assert!(shown.chars().count() < 300, "{shown}");
}

#[tokio::test]
async fn an_empty_list_of_errors_is_still_an_error() {
    let headers = [("x-clerk-trace-id", "from-the-header"), ("cf-ray", "from-the-edge")];

    let error = error(Answer::with_headers(404, &headers, r#"{"errors":[]}"#)).await;

    assert!(error.is_not_found());
    assert_eq!(error.trace_id(), Some("from-the-header"));
    assert_eq!(error.code(), None);
}

#[tokio::test]
async fn a_limit_tells_how_long_to_wait() {
    let error = error(Answer::with_headers(429, &[("Retry-After", "9")], "")).await;

    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(9)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let error = error(Answer::with_headers(307, &[("Location", "http://127.0.0.1:9/")], "")).await;

    assert_eq!(error.kind(), ErrorKind::Other);
    assert_eq!(error.status(), Some(307));
}

#[tokio::test]
async fn a_cut_off_error_keeps_its_status() {
    let answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 1000\r\n\r\nhalf of it".to_vec();

    let error = error(Answer::Bytes(answer)).await;

    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(error.to_string().contains("half of it"), "{error}");
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_told_apart() {
    for body in ["", "<html>", r#"{"object":"organization_membership"}"#] {
        let headers = [("x-clerk-trace-id", "traced")];
        let error = error(Answer::with_headers(200, &headers, body)).await;

        let Error::Decode { status, trace_id, excerpt, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*status, 200);
        assert_eq!(trace_id.as_deref(), Some("traced"));
        assert_eq!(excerpt, body);
    }
}

#[tokio::test]
async fn a_cut_off_success_may_have_been_carried_out() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{".to_vec();

    let error = error(Answer::Bytes(answer)).await;

    assert!(matches!(error, Error::Transport { delivery: Delivery::Unknown, .. }), "{error:?}");
}

#[tokio::test]
async fn a_success_without_end_is_not_read_to_the_end() {
    let mut answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    answer.resize(answer.len() + 65 * 1024 * 1024, b' ');

    let error = error(Answer::Bytes(answer)).await;

    let Error::Decode { source, .. } = error else { panic!("{error:?}") };
    assert_eq!(source.to_string(), "the body is larger than 67108864 bytes");
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::builder(SECRET_KEY).base_url(base_url).retries(2).build().unwrap();

    let error = client.users().delete("user_1").await.unwrap_err();

    assert!(matches!(error, Error::Transport { delivery: Delivery::NotSent, .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Transport);
}
