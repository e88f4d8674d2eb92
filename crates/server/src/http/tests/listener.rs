//! Connections: how many, how long, and how they end.

use super::*;

const GET: &str = "GET /v1/things/a HTTP/1.1\r\nhost: a\r\n\r\n";

fn impatient() -> Limits {
    Limits {
        header_timeout: Duration::from_millis(50),
        idle_timeout: Duration::from_millis(50),
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let server = Running::start(impatient());

    assert_eq!(server.raw("").await, "");
}

#[tokio::test]
async fn a_half_sent_request_is_closed() {
    let server = Running::start(impatient());

    assert_eq!(server.raw("GET /v1/things/a HTTP/1.1\r\nhos").await, "");
}

#[tokio::test]
async fn a_half_sent_preface_of_http2_is_closed() {
    let server = Running::start(impatient());

    assert_eq!(server.raw("PRI * HT").await, "");
}

#[tokio::test]
async fn a_connection_serves_several_requests_and_is_closed_when_idle() {
    let limits = Limits { idle_timeout: Duration::from_millis(200), ..Limits::default() };
    let server = Running::start(limits);

    let answers = server.raw(GET.repeat(3)).await;

    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
}

#[tokio::test]
async fn a_connection_beyond_the_limit_is_answered_and_closed() {
    let server = Running::start(Limits { connections: 1, ..Limits::default() });
    let mut first = server.connect().await;
    first.write_all(GET.as_bytes()).await.unwrap();
    first.read_u8().await.unwrap();

    let refused = server.raw(GET).await;

    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("retry-after: 1\r\n"), "{refused}");
    assert!(refused.contains("content-type: application/json\r\n"), "{refused}");
    assert!(refused.contains("\"code\":\"service_unavailable\""), "{refused}");
}

#[tokio::test]
async fn a_closed_connection_makes_room_for_another() {
    let server = Running::start(Limits { connections: 1, ..Limits::default() });
    let request = GET.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");

    // The place may be given back a moment after the client saw the end.
    let admitted = async {
        server.raw(&request).await;
        while !server.raw(&request).await.starts_with("HTTP/1.1 200 ") {}
    };

    timeout(PATIENCE, admitted).await.expect("the second connection is served");
}

#[tokio::test]
async fn a_request_at_work_is_answered_though_the_server_stops() {
    let mut server = Running::start(Limits::default());
    let request = tokio::spawn(client().get(server.url("/v1/stuck")).send());
    server.signals.entered.notified().await;
    let mut idle = server.connect().await;
    idle.write_all(GET.as_bytes()).await.unwrap();
    idle.read_u8().await.unwrap();

    server.stop();
    until_closed(&mut idle).await;
    let refused = TcpStream::connect(server.address).await;
    server.signals.release.notify_one();

    assert!(refused.is_err());
    assert_eq!(request.await.unwrap().unwrap().text().await.unwrap(), "released");
    timeout(PATIENCE, server.served).await.expect("it stops").unwrap().unwrap();
}

#[tokio::test]
async fn a_request_that_outlasts_the_drain_is_cut_off() {
    let limits = Limits { drain: Duration::from_millis(50), ..Limits::default() };
    let mut server = Running::start(limits);
    let request = tokio::spawn(client().get(server.url("/v1/stuck")).send());
    server.signals.entered.notified().await;

    server.stop();

    timeout(PATIENCE, server.served).await.expect("it stops").unwrap().unwrap();
    assert!(request.await.unwrap().is_err());
}

#[tokio::test]
async fn a_silent_connection_does_not_delay_the_stop() {
    let mut server = Running::start(Limits { drain: PATIENCE * 10, ..Limits::default() });
    let mut first = server.connect().await;
    let second = server.connect().await;
    first.write_all(GET.as_bytes()).await.unwrap();
    first.read_u8().await.unwrap();

    server.stop();

    timeout(PATIENCE, server.served).await.expect("it stops").unwrap().unwrap();
    drop(second);
}

#[tokio::test]
async fn a_client_that_does_not_read_loses_its_place() {
    let server = Running::start(Limits {
        connections: 1,
        send_timeout: Duration::from_millis(50),
        ..Limits::default()
    });
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut greedy = socket.connect(server.address).await.unwrap();
    let requests = "GET /v1/large HTTP/1.1\r\nhost: a\r\n\r\n".repeat(5000);
    let sending = async { greedy.write_all(requests.as_bytes()).await };
    let admitted = async {
        while !server.raw(GET.replace("host: a", "connection: close")).await.contains(" 200 ") {}
    };

    let both = async { tokio::join!(sending, admitted) };

    // Whether all was sent before the cut is not the point.
    let (_sent, ()) = timeout(PATIENCE, both).await.expect("another connection is served");
}

#[tokio::test]
async fn an_http2_client_that_grants_no_room_loses_its_slots() {
    let server = Running::start(Limits {
        requests: 1,
        send_timeout: Duration::from_millis(50),
        ..Limits::default()
    });
    let greedy = reqwest::Client::builder().no_proxy().http2_prior_knowledge();
    let greedy = greedy.http2_initial_stream_window_size(0).build().unwrap();

    let held = greedy.get(server.url("/v1/large")).send().await.unwrap();
    let admitted = async {
        while client().get(server.url("/v1/things/a")).send().await.unwrap().status() != 200 {}
    };

    timeout(PATIENCE, admitted).await.expect("another request is served");
    assert!(held.text().await.is_err());
}
