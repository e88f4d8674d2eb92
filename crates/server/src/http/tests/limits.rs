//! What is too much, too long or too slow for one request.

use super::*;

fn post(rest: &str) -> String {
    format!("POST /v1/echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{rest}")
}

#[tokio::test]
async fn headers_beyond_their_bytes_are_refused() {
    let server = Running::start(Limits { header_bytes: 1000, ..Limits::default() });
    let request = client().get(server.url("/v1/things/a"));

    let response = request.header("x-large", "x".repeat(1000)).send().await.unwrap();

    assert_eq!(response.status(), 431);
    assert_eq!(code(response).await, "request_headers_too_large");
}

#[tokio::test]
async fn more_headers_than_the_limit_are_refused() {
    let server = Running::start(Limits::default());
    let headers = "x: y\r\n".repeat(90);

    let answer = server.raw(post(&format!("{headers}\r\n"))).await;

    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(answer.contains("maximum number of 80."), "{answer}");
}

#[tokio::test]
async fn a_longer_path_than_the_limit_is_refused() {
    let server = Running::start(Limits::default());
    let path = format!("/v1/things/a?{}", "x".repeat(40_000));

    let response = client().get(server.url(&path)).send().await.unwrap();

    assert_eq!(response.status(), 414);
    assert_eq!(code(response).await, "uri_too_long");
}

#[tokio::test]
async fn a_body_announced_too_large_is_refused_before_it_is_sent() {
    let server = Running::start(Limits::default());

    let answer = server.raw(post("content-length: 1048577\r\nexpect: 100-continue\r\n\r\n")).await;

    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("maximum allowed size of 1048576 bytes."), "{answer}");
}

#[tokio::test]
async fn a_client_that_sends_on_can_read_that_its_body_is_too_large() {
    let server = Running::start(Limits::default());
    let request = client().post(server.url("/v1/echo")).body("x".repeat(3 * 1024 * 1024));

    let response = request.send().await.unwrap();

    assert_eq!(response.status(), 413);
    assert_eq!(code(response).await, "request_body_too_large");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let server = Running::start(Limits { body_bytes: 12, ..Limits::default() });

    let response =
        client().post(server.url("/v1/echo")).body(r#"{"name":"a"}"#).send().await.unwrap();

    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_chunked_body_is_counted_as_it_arrives() {
    let server = Running::start(Limits { body_bytes: 20, ..Limits::default() });
    let head = post("transfer-encoding: chunked\r\n\r\n");

    let fits = server.raw(format!("{head}c\r\n{{\"name\":\"a\"}}\r\n0\r\n\r\n")).await;
    let too_large = server.raw(format!("{head}{}0\r\n\r\n", "5\r\n12345\r\n".repeat(5))).await;

    assert!(fits.ends_with("\"a\""), "{fits}");
    assert!(too_large.starts_with("HTTP/1.1 413 "), "{too_large}");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let limits = Limits { body_timeout: Duration::from_millis(50), ..Limits::default() };
    let server = Running::start(limits);

    let answer = server.raw(post("content-length: 100\r\n\r\n{")).await;

    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"code\":\"request_timeout\""), "{answer}");
}

#[tokio::test]
async fn requests_beyond_the_limit_are_told_to_come_back() {
    let server = Running::start(Limits { requests: 1, ..Limits::default() });
    let first = tokio::spawn(client().get(server.url("/v1/stuck")).send());
    server.signals.entered.notified().await;

    let refused = client().get(server.url("/v1/things/a")).send().await.unwrap();
    server.signals.release.notify_one();
    let first = first.await.unwrap().unwrap();

    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(code(refused).await, "service_unavailable");
    assert_eq!(first.text().await.unwrap(), "released");
}

#[tokio::test]
async fn the_slot_of_a_request_is_free_again_when_it_is_answered() {
    let server = Running::start(Limits { requests: 1, ..Limits::default() });

    for _ in 0..5 {
        let response = client().get(server.url("/v1/large")).send().await.unwrap();

        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap();
    }
}

#[tokio::test]
async fn a_request_is_counted_as_in_flight_while_it_is_at_work() {
    let server = Running::start(Limits::default());
    let in_flight = |count: u8| {
        let line = format!("guildhall_http_requests_in_flight {count}");
        server.metrics.text(true).lines().any(|it| it == line)
    };
    let request = tokio::spawn(client().get(server.url("/v1/stuck")).send());
    server.signals.entered.notified().await;

    assert!(in_flight(1));
    server.signals.release.notify_one();
    let answer = request.await.unwrap().unwrap().text().await.unwrap();

    assert_eq!(answer, "released");
    // The server may learn a moment later that the answer was sent.
    let ended = async {
        while !in_flight(0) {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, ended).await.expect("it is no longer at work");
}

#[tokio::test]
async fn a_slot_is_held_until_the_body_is_sent_or_dropped() {
    use tower::ServiceExt;

    let router = router(
        Arc::default(),
        &Terms {
            limits: Limits { requests: 1, ..Limits::default() },
            proxies: TrustedProxies::default(),
            metrics: Metrics::default().requests,
        },
    );
    let request =
        || axum::extract::Request::get("/v1/large").body(axum::body::Body::empty()).unwrap();

    let held = router.clone().oneshot(request()).await.unwrap();
    let refused = router.clone().oneshot(request()).await.unwrap();
    drop(held);
    let admitted = router.oneshot(request()).await.unwrap();

    assert_eq!(refused.status(), 503);
    assert_eq!(admitted.status(), 200);
}

#[tokio::test]
async fn http2_in_clear_is_held_to_the_same_limits() {
    let server = Running::start(Limits::default());
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();

    let small = client.get(server.url("/v1/things/a")).send().await.unwrap();
    let large_headers = client.get(server.url("/v1/things/a")).header("x", "x".repeat(20_000));
    let large_headers = large_headers.send().await.unwrap();
    let large_body = client.post(server.url("/v1/echo")).body("x".repeat(2 * 1024 * 1024));
    let large_body = large_body.send().await.unwrap();

    assert_eq!(small.version(), reqwest::Version::HTTP_2);
    assert_eq!(small.text().await.unwrap(), "\"a\"");
    assert_eq!(large_headers.status(), 431);
    assert_eq!(code(large_headers).await, "request_headers_too_large");
    assert_eq!(large_body.status(), 413);
}
