//! The socket: HTTP/1.1 and HTTP/2 in clear, with timeouts, until told to stop.

use std::convert::Infallible;
use std::future::{Future, pending, ready};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::http::Request;
use axum::response::Response;
use axum_server::Handle;
use hyper::body::Incoming;
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto::Builder;
use tower::{Service, service_fn};

use super::admission::Admission;
use super::limits::Limits;
use crate::metrics::RequestMetrics;

/// The most that hyper reads of a request's head. What is over our own limits but under this is
/// refused by us, in the shape of our errors; beyond it hyper answers with a bare status.
const HEAD_BYTES: usize = 256 * 1024;
/// The most headers that hyper reads unless it is told, which makes each request dearer. It answers
/// with a bare status beyond them as well.
const HEAD_COUNT: usize = 100;

/// Serves on `listener` what `service` makes for each peer, until `shutdown` is ready and the requests
/// at work are answered.
///
/// Connections are counted in `metrics`; where there are none, those beyond the limit are dropped
/// without an answer.
///
/// # Errors
///
/// If the listener cannot be used.
pub(crate) async fn serve<S>(
    listener: TcpListener,
    service: impl Fn(SocketAddr) -> S + Send + Sync + 'static,
    limits: Limits,
    metrics: Option<Arc<RequestMetrics>>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let handle = Handle::<SocketAddr>::new();
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle.clone())
        // Bounds also the detection of the protocol, which hyper's own timeout does not.
        .first_request_timeout(limits.header_timeout)
        .accept_error_handler(log_accept_error);
    configure(server.http_builder(), &limits);
    let server = server.acceptor(Admission::new(&limits, metrics));
    let stop = async {
        shutdown.await;
        handle.graceful_shutdown(Some(limits.drain));
        pending::<Infallible>().await
    };
    let service = service_fn(|peer| ready(Ok::<_, Infallible>(service(peer))));
    tokio::select! {
        served = server.serve(service) => served,
        never = stop => match never {},
    }
}

fn configure(builder: &mut Builder<TokioExecutor>, limits: &Limits) {
    // In HTTP/1 this is the limit between requests as well, and must not be shorter than pooled
    // clients keep a connection.
    builder.http1().header_read_timeout(limits.idle_timeout).max_buf_size(HEAD_BYTES);
    if limits.header_count >= HEAD_COUNT {
        builder.http1().max_headers(limits.header_count + 1);
    }
    builder
        .http2()
        .max_concurrent_streams(limits.http2_streams)
        .max_header_list_size(u32::try_from(HEAD_BYTES).unwrap_or(u32::MAX))
        // A peer that is gone does not answer the ping.
        .keep_alive_interval(limits.idle_timeout)
        .keep_alive_timeout(limits.header_timeout);
}

/// Logs that connections cannot be accepted, for instance for want of file descriptors.
///
/// With an address it is about one connection, and its refusal was logged.
fn log_accept_error(address: Option<&SocketAddr>, error: &io::Error) {
    if address.is_none() {
        let error = error.to_string();
        tracing::warn!(target: "guildhall::listener", error, "connections cannot be accepted");
    }
}
