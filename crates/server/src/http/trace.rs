//! The trace of a request: its id, the rendering of its error, its line in the log, its count.
//!
//! The line names the method, the route's template, the status, the time taken and the address of
//! the client, never what the client chose: no path, query, body or key. The address is the peer's,
//! or what a trusted proxy says. It goes to the log alone: no metric and no answer has it.

use std::cell::RefCell;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::MatchedPath;
use axum::http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use axum::response::Response;
use guildhall_rules::text::hexadecimal;
use guildhall_store::with_causes;

use super::errors::{Carried, Error};
use super::{Terms, fallback};

const X_CLERK_TRACE_ID: HeaderName = HeaderName::from_static("x-clerk-trace-id");
const X_CLOUD_TRACE_CONTEXT: HeaderName = HeaderName::from_static("x-cloud-trace-context");

/// How many random bytes an id has.
const ID_BYTES: usize = 16;

thread_local! {
    static RANDOM: RefCell<Random> = const { RefCell::new(Random { bytes: [0; 512], used: 512 }) };
}

/// Random bytes for many ids: asking for each by itself costs more than the rest of an id.
struct Random {
    bytes: [u8; 512],
    used: usize,
}

impl Random {
    /// Bytes that were never given before.
    fn next(&mut self) -> [u8; ID_BYTES] {
        if self.used + ID_BYTES > self.bytes.len() {
            aws_lc_rs::rand::fill(&mut self.bytes).expect("the generator was seeded");
            self.used = 0;
        }
        let taken = &mut self.bytes[self.used..][..ID_BYTES];
        self.used += ID_BYTES;
        // What was given is not left behind.
        let mut bytes = [0; ID_BYTES];
        bytes.swap_with_slice(taken);
        bytes
    }
}

/// Names a request in the log and in its answer: 32 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TraceId(Arc<str>);

impl TraceId {
    /// A new id that nobody can guess.
    pub(super) fn random() -> Self {
        Self(hexadecimal(&RANDOM.with_borrow_mut(Random::next)).into())
    }

    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request from its head to the head of its answer.
pub(super) struct Trace {
    started: Instant,
    trace_id: TraceId,
    method: Method,
    client: Client,
}

impl Trace {
    /// Gives the request an id and finds out who sent it to `peer`, if not that itself.
    pub(super) fn begin<B>(terms: &Terms, peer: Option<IpAddr>, request: &mut Request<B>) -> Self {
        let started = Instant::now();
        let trace_id = TraceId::random();
        let client = Client(peer.map(|peer| find_client(terms, peer, request)));
        Self { started, trace_id, method: request.method().clone(), client }
    }

    /// Renders the error of the answer, logs and counts how the request to `route` went.
    pub(super) fn end(self, terms: &Terms, response: &mut Response, route: Option<&MatchedPath>) {
        let Self { started, trace_id, method, client } = self;
        let error = match response.extensions_mut().remove::<Carried>() {
            Some(Carried(error)) => Some(error),
            None => fallback::missing(&method, response).map(Arc::new),
        };
        if let Some(error) = &error {
            error.render(response, &trace_id);
        }
        let value = HeaderValue::from_str(trace_id.as_str()).expect("digits are header text");
        response.headers_mut().insert(X_CLERK_TRACE_ID, value.clone());
        response.headers_mut().insert(X_CLOUD_TRACE_CONTEXT, value);
        let method = method_name(&method);
        let (status, took) = (response.status(), started.elapsed());
        terms.metrics.answered(method, route, status, took);
        Line { method, route, status, took, trace_id: &trace_id, client }.write(error.as_deref());
    }
}

/// The client's address; where a trusted proxy says how clients reach it, handlers are told.
fn find_client<B>(terms: &Terms, peer: IpAddr, request: &mut Request<B>) -> IpAddr {
    let client = terms.proxies.client(peer, request.headers());
    if let Some(base) = terms.proxies.forwarded_base(peer, request.headers()) {
        request.extensions_mut().insert(base);
    }
    client
}

/// Keeps the template of the route for the log; only inside the router is it known.
pub(crate) fn remember_route(response: &mut Response, route: Option<MatchedPath>) {
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
}

/// Logs a connection that was refused before a request was read from it.
///
/// No header was read, so its client is the peer, be it a proxy or not.
pub(super) fn refused_connection(trace_id: &TraceId, peer: Option<IpAddr>) {
    let client = Client(peer.map(|peer| peer.to_canonical()));
    tracing::error!(
        target: "guildhall::request",
        method = "-",
        route = "-",
        status = StatusCode::SERVICE_UNAVAILABLE.as_u16(),
        milliseconds = 0.0,
        trace_id = trace_id.as_str(),
        %client,
        error = "too many connections",
        "failed"
    );
}

/// An address for the log; `-` where the system does not tell it.
struct Client(Option<IpAddr>);

impl fmt::Display for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(formatter),
            None => formatter.write_str("-"),
        }
    }
}

struct Line<'a> {
    method: Option<&'static str>,
    route: Option<&'a MatchedPath>,
    status: StatusCode,
    took: Duration,
    trace_id: &'a TraceId,
    client: Client,
}

impl Line<'_> {
    fn write(self, error: Option<&Error>) {
        let Self { method, route, status, trace_id, client, .. } = self;
        let (method, route) = (method.unwrap_or("-"), route.map_or("-", MatchedPath::as_str));
        let trace_id = trace_id.as_str();
        let milliseconds = (self.took.as_secs_f64() * 1_000_000.0).round() / 1000.0;
        if status.is_server_error() {
            let error = error.map(|error| with_causes(error)).unwrap_or_default();
            let status = status.as_u16();
            tracing::error!(target: "guildhall::request", method, route, status, milliseconds, trace_id, %client, error, "failed");
        } else {
            let status = status.as_u16();
            tracing::info!(target: "guildhall::request", method, route, status, milliseconds, trace_id, %client, "answered");
        }
    }
}

/// A method's name, unless the client made it up.
fn method_name(method: &Method) -> Option<&'static str> {
    match *method {
        Method::GET => Some("GET"),
        Method::POST => Some("POST"),
        Method::PATCH => Some("PATCH"),
        Method::PUT => Some("PUT"),
        Method::DELETE => Some("DELETE"),
        Method::HEAD => Some("HEAD"),
        Method::OPTIONS => Some("OPTIONS"),
        Method::CONNECT => Some("CONNECT"),
        Method::TRACE => Some("TRACE"),
        _ => None,
    }
}
