//! The shape of answers.

use super::*;

#[tokio::test]
async fn an_unknown_route_is_not_found_in_our_shape() {
    let server = Running::start(Limits::default());

    let response = client().get(server.url("/v1/nowhere")).send().await.unwrap();

    assert_eq!(response.status(), 404);
    assert_eq!(code(response).await, "resource_not_found");
}

#[tokio::test]
async fn every_answer_names_its_trace() {
    let server = Running::start(Limits::default());

    let response = client().get(server.url("/v1/things/a")).send().await.unwrap();

    let trace_id = response.headers()["x-clerk-trace-id"].to_str().unwrap();
    assert_eq!(response.headers()["x-cloud-trace-context"], trace_id);
    assert_eq!(trace_id.len(), 32);
    assert!(trace_id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let server = Running::start(Limits::default());

    let response = client().delete(server.url("/v1/things/a")).send().await.unwrap();

    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET, HEAD, PATCH");
    assert_eq!(code(response).await, "method_not_allowed");
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    let server = Running::start(Limits::default());

    let found =
        server.raw("HEAD /v1/things/abc HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    let missing =
        server.raw("HEAD /nowhere HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;

    assert!(found.starts_with("HTTP/1.1 200 "), "{found}");
    assert!(found.contains("content-length: 5\r\n") && found.ends_with("\r\n\r\n"), "{found}");
    assert!(missing.starts_with("HTTP/1.1 404 "), "{missing}");
    assert!(missing.ends_with("\r\n\r\n") && !missing.contains("length: 0"), "{missing}");
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_server_goes_on() {
    let server = Running::start(Limits::default());

    let response = client().get(server.url("/v1/panic")).send().await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(code(response).await, "internal_clerk_error");

    let response = client().get(server.url("/v1/things/a")).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn an_unavailable_service_says_when_to_try_again_and_nothing_internal() {
    let server = Running::start(Limits::default());

    let response = client().get(server.url("/v1/unavailable")).send().await.unwrap();

    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "7");
    let body = response.text().await.unwrap();
    assert!(body.contains("service_unavailable") && !body.contains("disk"), "{body}");
}

#[tokio::test]
async fn all_faults_of_a_body_are_told_at_once() {
    let server = Running::start(Limits::default());

    let response =
        client().post(server.url("/v1/echo")).body(r#"{"name":1,"x":2}"#).send().await.unwrap();

    assert_eq!(response.status(), 422);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["errors"].as_array().unwrap().len(), 2);
    assert_eq!(body["errors"][1]["meta"]["param_name"], "x");
}

#[tokio::test]
async fn a_body_without_a_content_type_is_read_as_json() {
    let server = Running::start(Limits::default());

    let response =
        client().post(server.url("/v1/echo")).body(r#"{"name":"a"}"#).send().await.unwrap();

    assert_eq!(response.text().await.unwrap(), "\"a\"");
}

#[tokio::test]
async fn json_is_recognized_in_any_case_and_with_parameters() {
    let server = Running::start(Limits::default());
    let request = client()
        .post(server.url("/v1/echo"))
        .header("content-type", "Application/JSON ; charset=utf-8")
        .body("null");

    let response = request.send().await.unwrap();

    assert_eq!(response.text().await.unwrap(), "null");
}

#[tokio::test]
async fn another_content_type_is_refused_before_the_body_is_looked_at() {
    let server = Running::start(Limits::default());
    let request =
        client().post(server.url("/v1/echo")).header("content-type", "text/plain").body("{");

    let response = request.send().await.unwrap();

    assert_eq!(response.status(), 415);
    assert_eq!(code(response).await, "unsupported_content_type");
}

#[tokio::test]
async fn another_content_type_is_tolerated_where_there_is_no_body() {
    let server = Running::start(Limits::default());
    let head =
        "POST /v1/echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: text/plain\r\n";

    let empty = server.raw(format!("{head}content-length: 0\r\n\r\n")).await;
    let chunked = server.raw(format!("{head}transfer-encoding: chunked\r\n\r\n0\r\n\r\n")).await;

    assert!(empty.starts_with("HTTP/1.1 200 "), "{empty}");
    assert!(chunked.starts_with("HTTP/1.1 200 "), "{chunked}");
}

#[tokio::test]
async fn broken_json_is_refused() {
    let server = Running::start(Limits::default());

    let response = client().post(server.url("/v1/echo")).body("{").send().await.unwrap();

    assert_eq!(response.status(), 400);
    assert_eq!(code(response).await, "request_body_invalid");
}

#[tokio::test]
async fn path_parts_reach_the_handler_decoded_once() {
    let server = Running::start(Limits::default());

    for (segment, expected) in [
        ("a%2541", "\"a%41\""),
        ("%2e%2E", "\"\u{fffd}\""),
        ("a%2fb", "\"\u{fffd}\""),
        ("%ff", "\"\u{fffd}\""),
    ] {
        let request =
            format!("GET /v1/things/{segment} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        let answer = server.raw(request).await;

        assert!(answer.ends_with(expected), "{segment}: {answer}");
    }
}

#[tokio::test]
async fn a_large_answer_is_compressed_for_who_asks() {
    let server = Running::start(Limits::default());
    let plain = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();

    let compressed =
        plain.get(server.url("/v1/large")).header("accept-encoding", "gzip").send().await.unwrap();
    let unasked = plain.get(server.url("/v1/large")).send().await.unwrap();
    let decoded = client().get(server.url("/v1/large")).send().await.unwrap();

    assert_eq!(compressed.headers()["content-encoding"], "gzip");
    assert_eq!(compressed.headers()["content-type"], "application/json");
    assert_eq!(compressed.headers()["vary"], "accept-encoding");
    assert!(!unasked.headers().contains_key("content-encoding"));
    let (compressed, unasked) = (compressed.bytes().await.unwrap(), unasked.text().await.unwrap());
    assert!(compressed.len() < unasked.len() / 4);
    assert_eq!(decoded.text().await.unwrap(), unasked);
}

#[tokio::test]
async fn a_small_answer_is_not_compressed() {
    let server = Running::start(Limits::default());

    let request = client().get(server.url("/v1/things/a")).header("accept-encoding", "gzip");

    assert!(!request.send().await.unwrap().headers().contains_key("content-encoding"));
}

#[tokio::test]
async fn who_refuses_every_encoding_is_answered_all_the_same() {
    let server = Running::start(Limits::default());

    let request = client().get(server.url("/v1/large")).header("accept-encoding", "identity;q=0");

    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_avatar_is_drawn_for_browsers_to_show_and_nothing_else() {
    let server = Running::start(Limits::default());
    let name = avatars::file_name("user_1", "Éa");

    let response = client().get(server.url(&format!("/avatars/{name}"))).send().await.unwrap();

    assert_eq!(response.headers()["content-type"], "image/svg+xml");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(response.headers()["cache-control"], "public, max-age=86400");
    let policy = &response.headers()["content-security-policy"];
    assert_eq!(policy, "default-src 'none'; style-src 'unsafe-inline'");
    assert!(response.text().await.unwrap().contains(">Éa</text>"));
}

#[tokio::test]
async fn an_avatar_of_a_bad_name_is_not_found() {
    let server = Running::start(Limits::default());

    for name in ["user_1.png", "user_1-%00.svg", "user_1-%2F.svg", "%3Cscript%3E.svg"] {
        let response = client().get(server.url(&format!("/avatars/{name}"))).send().await.unwrap();

        assert_eq!(response.status(), 404, "{name}");
        assert_eq!(code(response).await, "resource_not_found");
    }
}
