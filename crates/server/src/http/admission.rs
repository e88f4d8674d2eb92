//! Admission of connections: so many are served, a few more are told to come back.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use guildhall_types::{Code, Errors};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Duration, timeout};
use tower::Service;

use super::limits::{Limits, slots};
use super::stream::Stream;
use super::trace::{self, TraceId};
use crate::metrics::{Counted, RequestMetrics};

/// How many connections beyond the limit are answered at one time; further ones are dropped.
const REFUSALS: usize = 256;
/// How long a refused client may take to read its answer and close.
const REFUSAL_TIME: Duration = Duration::from_secs(1);

/// Takes in connections while there is room.
#[derive(Clone)]
pub(super) struct Admission {
    connections: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    metrics: Option<Arc<RequestMetrics>>,
    send_timeout: Duration,
}

impl Admission {
    /// Room for as many connections as `limits` allow. Without `metrics` nobody is told why there
    /// is no room.
    pub(super) fn new(limits: &Limits, metrics: Option<Arc<RequestMetrics>>) -> Self {
        Self {
            connections: slots(limits.connections),
            refusals: slots(if metrics.is_some() { REFUSALS } else { 0 }),
            metrics,
            send_timeout: limits.send_timeout,
        }
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for Admission {
    type Stream = Stream;
    type Service = Admitted<S>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Stream, Admitted<S>)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Self { connections, refusals, metrics, send_timeout } = self.clone();
        Box::pin(async move {
            if let Ok(place) = connections.try_acquire_owned() {
                stream.set_nodelay(true)?;
                let stream = Stream::new(stream, send_timeout);
                let counted = metrics.map(|metrics| metrics.connection_opens());
                return Ok((stream, Admitted { service, _place: Arc::new((place, counted)) }));
            }
            if let Some(metrics) = metrics {
                metrics.connection_refused();
            }
            if let Ok(_refusal) = refusals.try_acquire_owned() {
                // Whether it could be told or not, the connection ends here.
                let _ = timeout(REFUSAL_TIME, refuse(stream)).await;
            }
            Err(io::Error::new(io::ErrorKind::QuotaExceeded, "too many connections"))
        })
    }
}

/// The service of an admitted connection, which keeps its place until the connection ends.
#[derive(Clone)]
pub(super) struct Admitted<S> {
    service: S,
    _place: Arc<(OwnedSemaphorePermit, Option<Counted>)>,
}

impl<S: Service<R>, R> Service<R> for Admitted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.service.call(request)
    }
}

/// Answers 503 to whatever the client is about to ask, and waits for it to close.
async fn refuse(mut stream: TcpStream) -> io::Result<()> {
    let trace_id = TraceId::random();
    let peer = stream.peer_addr().ok().map(|address| address.ip());
    trace::refused_connection(&trace_id, peer);
    let answer = refusal(&trace_id);
    let mut left = answer.as_bytes();
    while !left.is_empty() {
        let written = poll_fn(|context| Pin::new(&mut stream).poll_write(context, left)).await?;
        left = &left[written..];
    }
    poll_fn(|context| Pin::new(&mut stream).poll_shutdown(context)).await?;
    // A connection closed over unread bytes is reset, and the answer on its way is lost.
    let mut request = [0; 4096];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut request) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

fn refusal(trace_id: &TraceId) -> String {
    let trace_id = trace_id.as_str();
    let body = Errors::new(&[Code::ServiceUnavailable.fault()], trace_id.to_owned());
    let body = serde_json::to_string(&body).expect("text and maps of text become JSON");
    let length = body.len();
    format!(
        "HTTP/1.1 503 Service Unavailable\r\n\
         content-type: application/json\r\n\
         content-length: {length}\r\n\
         connection: close\r\n\
         retry-after: 1\r\n\
         x-clerk-trace-id: {trace_id}\r\n\
         x-cloud-trace-context: {trace_id}\r\n\
         \r\n\
         {body}"
    )
}
