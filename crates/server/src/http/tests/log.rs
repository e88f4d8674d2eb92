//! What the log says of a request, and what it never says.

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::*;

/// What no line may hold.
const MARKER: &str = "m4rk3r";

thread_local! {
    /// What was logged on this thread, if anyone wants to know.
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Makes the log readable by tests, before anything is logged.
///
/// For the whole process, because a subscriber of one thread can be missed by an event whose
/// first use falls on another thread at that moment.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| tracing::subscriber::set_global_default(ByThread).unwrap());
}

/// The log of this thread, where the server of the test runs as well, until dropped.
struct Log;

impl Log {
    fn start() -> Self {
        LINES.set(Some(Vec::new()));
        Self
    }

    fn lines(&self, beginning: &str) -> Vec<String> {
        let lines = LINES.with_borrow(|lines| lines.clone().unwrap());
        lines.into_iter().filter(|line| line.starts_with(beginning)).collect()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        LINES.set(None);
    }
}

/// Keeps every event up to debug, of every crate, as text.
struct ByThread;

impl Subscriber for ByThread {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::DEBUG
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut line = Line(format!("{} {}", metadata.level(), metadata.target()));
        event.record(&mut line);
        LINES.with_borrow_mut(|lines| {
            if let Some(lines) = lines {
                lines.push(line.0);
            }
        });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

#[tokio::test]
async fn a_request_is_one_line_with_its_route_and_trace() {
    let log = Log::start();
    let server = Running::start(Limits::default());

    let response = client().get(server.url("/v1/things/a")).send().await.unwrap();

    let lines = log.lines("INFO guildhall::request");
    assert_eq!(lines.len(), 1);
    let trace_id = response.headers()["x-clerk-trace-id"].to_str().unwrap();
    for part in [
        "method=\"GET\"".to_owned(),
        "route=\"/v1/things/{id}\"".to_owned(),
        "status=200".to_owned(),
        "milliseconds=".to_owned(),
        format!("trace_id={trace_id:?}"),
        "client=127.0.0.1".to_owned(),
    ] {
        assert!(lines[0].contains(&part), "{part}: {}", lines[0]);
    }
}

#[tokio::test]
async fn a_path_that_is_no_route_is_logged_without_it() {
    let log = Log::start();
    let server = Running::start(Limits::default());

    client().get(server.url("/nowhere")).send().await.unwrap();

    let lines = log.lines("INFO guildhall::request");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("route=\"-\" status=404"), "{}", lines[0]);
}

#[tokio::test]
async fn an_error_is_logged_once_with_its_causes() {
    let log = Log::start();
    let server = Running::start(Limits::default());

    client().get(server.url("/v1/unavailable")).send().await.unwrap();

    let lines = log.lines("ERROR");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("the service is unavailable: the disk is full"), "{}", lines[0]);
}

#[tokio::test]
async fn a_panic_is_logged_with_its_route_and_without_what_it_said() {
    let log = Log::start();
    let server = Running::start(Limits::default());

    client().get(server.url("/v1/panic")).send().await.unwrap();

    let lines = log.lines("ERROR guildhall::request");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("a handler panicked"), "{}", lines[0]);
    assert!(lines[0].contains("route=\"/v1/panic\""), "{}", lines[0]);
    assert!(!lines[0].contains("on purpose"), "{}", lines[0]);
}

#[tokio::test]
async fn the_client_of_a_trusted_proxy_is_logged() {
    let log = Log::start();
    let proxies = "127.0.0.1, 10.0.0.0/8".parse().unwrap();
    let server = Running::start_behind(proxies, Limits::default());

    let request = client().get(server.url("/v1/things/a"));
    request.header("x-forwarded-for", "1.1.1.1, 203.0.113.9, 10.0.0.1").send().await.unwrap();

    let lines = log.lines("INFO guildhall::request");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("client=203.0.113.9"), "{}", lines[0]);
    assert!(!lines[0].contains("1.1.1.1"), "{}", lines[0]);
}

#[tokio::test]
async fn what_a_client_says_of_its_address_is_not_logged() {
    let log = Log::start();
    let server = Running::start(Limits::default());

    for header in ["x-forwarded-for", "x-real-ip", "forwarded"] {
        let request = client().get(server.url("/v1/things/a"));
        request.header(header, "for=203.0.113.9").send().await.unwrap();
    }

    let lines = log.lines("INFO guildhall::request");
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line.contains("client=127.0.0.1")), "{lines:?}");
}

#[tokio::test]
async fn nothing_of_what_a_client_sends_is_logged() {
    let log = Log::start();
    let server = Running::start(Limits::default());
    let authorization =
        format!("authorization: Bearer {MARKER}\r\nconnection: close\r\nhost: a\r\n");
    let body = format!("{{\"name\":1,\"{MARKER}\":\"{MARKER}\"}}");
    let length = body.len();

    for request in [
        format!("GET /v1/things/{MARKER}?a={MARKER} HTTP/1.1\r\n{authorization}\r\n"),
        format!("GET /v1/{MARKER} HTTP/1.1\r\n{authorization}\r\n"),
        format!("{MARKER} /v1/echo HTTP/1.1\r\n{authorization}\r\n"),
        format!("POST /v1/echo HTTP/1.1\r\n{authorization}content-length: {length}\r\n\r\n{body}"),
        format!(
            "POST /v1/echo HTTP/1.1\r\n{authorization}content-type: {MARKER}\r\ncontent-length: 1\r\n\r\n{{"
        ),
        format!("GET /v1/things/a HTTP/1.1\r\n{authorization}clerk-api-version: {MARKER}\r\n\r\n"),
    ] {
        server.raw(request).await;
    }

    assert_eq!(log.lines("INFO guildhall::request").len(), 6);
    assert!(log.lines("").iter().all(|line| !line.contains(MARKER)));
}
