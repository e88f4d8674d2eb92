//! The trace of a request: its id, the rendering of its error, and its line in the log.
//!
//! The line names the method, the route's template, the status and the time taken, never what the
//! client chose: no path, query, body, key or address.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use guildhall_store::with_causes;

use super::errors::{Carried, Error};
use super::fallback;

const X_CLERK_TRACE_ID: HeaderName = HeaderName::from_static("x-clerk-trace-id");
const X_CLOUD_TRACE_CONTEXT: HeaderName = HeaderName::from_static("x-cloud-trace-context");

/// Names a request in the log and in its answer: 32 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TraceId(Arc<str>);

impl TraceId {
    /// A new id that nobody can guess.
    pub(super) fn random() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        Self(format!("{:032x}", u128::from_be_bytes(bytes)).into())
    }

    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Gives the request an id, renders the error of its answer and logs how it went.
pub(super) async fn trace(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let trace_id = TraceId::random();
    let method = request.method().clone();
    request.extensions_mut().insert(trace_id.clone());

    let mut response = next.run(request).await;

    let error = match response.extensions_mut().remove::<Carried>() {
        Some(Carried(error)) => Some(error),
        None => fallback::missing(&method, &response).map(Arc::new),
    };
    if let Some(error) = &error {
        error.render(&mut response, &trace_id);
    }
    let value = HeaderValue::from_str(trace_id.as_str()).expect("digits are header text");
    response.headers_mut().insert(X_CLERK_TRACE_ID, value.clone());
    response.headers_mut().insert(X_CLOUD_TRACE_CONTEXT, value);
    Line { method: &method, response: &response, took: started.elapsed(), trace_id: &trace_id }
        .write(error.as_deref());
    response
}

/// Keeps the template of the route for the log; only inside the router is it known.
pub(super) async fn remember_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// Logs a connection that was refused before a request was read from it.
pub(super) fn refused_connection(trace_id: &TraceId) {
    tracing::error!(
        target: "guildhall::request",
        method = "-",
        route = "-",
        status = StatusCode::SERVICE_UNAVAILABLE.as_u16(),
        milliseconds = 0.0,
        trace_id = trace_id.as_str(),
        error = "too many connections",
        "failed"
    );
}

struct Line<'a> {
    method: &'a Method,
    response: &'a Response,
    took: Duration,
    trace_id: &'a TraceId,
}

impl Line<'_> {
    fn write(self, error: Option<&Error>) {
        let method = method_name(self.method);
        let route = self.response.extensions().get().map_or("-", MatchedPath::as_str);
        let status = self.response.status();
        let trace_id = self.trace_id.as_str();
        let milliseconds = (self.took.as_secs_f64() * 1_000_000.0).round() / 1000.0;
        if status.is_server_error() {
            let error = error.map(|error| with_causes(error)).unwrap_or_default();
            let status = status.as_u16();
            tracing::error!(target: "guildhall::request", method, route, status, milliseconds, trace_id, error, "failed");
        } else {
            let status = status.as_u16();
            tracing::info!(target: "guildhall::request", method, route, status, milliseconds, trace_id, "answered");
        }
    }
}

/// A method's name, unless the client made it up.
fn method_name(method: &Method) -> &str {
    const KNOWN: [Method; 9] = [
        Method::GET,
        Method::POST,
        Method::PATCH,
        Method::PUT,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::CONNECT,
        Method::TRACE,
    ];
    if KNOWN.contains(method) { method.as_str() } else { "-" }
}
