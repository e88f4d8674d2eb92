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
    let server = Running::start(impatient());

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
