//! How much the server takes on, and the guard at its door.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Version};
use axum::response::Response;
use axum_server::ConnectionShutdown;
use guildhall_types::Code;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

use super::Terms;
use super::errors::Error;
use crate::metrics::{Counted, RequestMetrics};

/// How much the server takes on; the defaults suit one process on a few cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections; further ones are answered 503 and closed.
    pub connections: usize,
    /// Requests at work at one time; further ones are answered 503.
    pub requests: usize,
    /// How long the first request's headers may take to arrive.
    pub header_timeout: Duration,
    /// How long a request's body may take to arrive.
    pub body_timeout: Duration,
    /// How long the client may take to let an answer through: on HTTP/2 the whole of it, on any
    /// connection the next bytes.
    pub send_timeout: Duration,
    /// How long a connection may lie idle between requests.
    pub idle_timeout: Duration,
    /// How long a server that was told to stop goes on as before while `/readyz` says so.
    pub notice: Duration,
    /// How long requests may go on after the shutdown began.
    pub drain: Duration,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes of a request's headers, names and values.
    pub header_bytes: usize,
    /// Headers of a request.
    pub header_count: usize,
    /// Bytes of a request's path and query.
    pub uri_bytes: usize,
    /// Requests at one time on one HTTP/2 connection.
    pub http2_streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            requests: 1024,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            send_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(75),
            notice: Duration::from_millis(250),
            drain: Duration::from_secs(25),
            body_bytes: 1024 * 1024,
            header_bytes: 16 * 1024,
            header_count: 80,
            uri_bytes: 32 * 1024,
            http2_streams: 128,
        }
    }
}

/// The limits, and a slot for each request at work.
pub(super) struct Gate {
    limits: Limits,
    metrics: Arc<RequestMetrics>,
    slots: Arc<Semaphore>,
}

impl Gate {
    /// A gate with all of its slots free.
    pub(super) fn new(terms: &Terms) -> Self {
        let Terms { limits, metrics, .. } = terms.clone();
        Self { limits, metrics, slots: slots(limits.requests) }
    }
}

/// A semaphore of `count` permits, as far as a semaphore goes.
pub(super) fn slots(count: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)))
}

/// A request that was let in.
pub(super) struct Entered {
    slot: OwnedSemaphorePermit,
    counted: Counted,
    /// The connection, on HTTP/2, and how long its client may take to let the answer through.
    connection: Option<(ConnectionShutdown, Duration)>,
}

impl Gate {
    /// Lets a request in if it is not too large and a slot is free, and tells readers the limits.
    ///
    /// # Errors
    /// Where it is too large or all slots are taken.
    pub(super) fn enter(&self, request: &mut Request) -> Result<Entered, Error> {
        check_size(request, &self.limits)?;
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            return Err(Error::Unavailable { retry_after_seconds: 1, source: None });
        };
        let counted = self.metrics.request_begins();
        request.extensions_mut().insert(self.limits);
        let connection = match request.version() {
            Version::HTTP_2 => request.extensions().get::<ConnectionShutdown>().cloned(),
            _ => None,
        };
        let connection = connection.map(|connection| (connection, self.limits.send_timeout));
        Ok(Entered { slot, counted, connection })
    }
}

impl Entered {
    /// The answer, which keeps what its request holds until it is sent or dropped.
    pub(super) fn leave(self, response: Response) -> Response {
        let Self { slot, counted, connection } = self;
        let deadline = connection.map(|(connection, timeout)| Deadline::set(connection, timeout));
        response.map(|body| holding((slot, counted, deadline), body))
    }
}

/// Closes the connection of an answer that is not taken in, unless dropped before.
///
/// An HTTP/2 client can grant no room for an answer and still keep the connection busy; a handful
/// of them could hold every slot.
struct Deadline(AbortHandle);

impl Deadline {
    fn set(connection: ConnectionShutdown, timeout: Duration) -> Self {
        let task = tokio::spawn(async move {
            tokio::time::sleep(timeout).await;
            connection.shutdown();
        });
        Self(task.abort_handle())
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A body that keeps what its request holds until it is sent or dropped.
fn holding(held: (OwnedSemaphorePermit, Counted, Option<Deadline>), body: Body) -> Body {
    // The function is there for what it owns: unlike a mapped frame it keeps the body's length.
    Body::new(body.map_err(move |error| {
        let _held = &held;
        error
    }))
}

/// Refuses a request whose head is too large.
///
/// # Errors
/// Where its path or its headers are.
pub(super) fn check_size<B>(
    request: &axum::http::Request<B>,
    limits: &Limits,
) -> Result<(), Error> {
    let uri = request.uri();
    let uri_bytes = uri.path_and_query().map_or(0, |part| part.as_str().len());
    if uri_bytes > limits.uri_bytes {
        return Err(Code::UriTooLong.about(&[limits.uri_bytes.to_string()]).into());
    }
    let headers = request.headers();
    if headers.len() > limits.header_count || header_bytes(headers) > limits.header_bytes {
        let limits = [limits.header_bytes.to_string(), limits.header_count.to_string()];
        return Err(Code::HeadersTooLarge.about(&limits).into());
    }
    Ok(())
}

fn header_bytes(headers: &HeaderMap) -> usize {
    // Each header takes a colon, a blank and a line end besides, as HTTP/1 writes it.
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}
