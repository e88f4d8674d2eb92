//! The socket where metrics are read: `GET /metrics`, apart from the API and without a key.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::Metrics;
use crate::app::App;
use crate::http::{Limits, serve};

/// What the text is, so that Prometheus reads it by the rules of OpenMetrics.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A socket that is bound and not yet answering.
pub(crate) struct MetricsListener {
    listener: TcpListener,
    address: SocketAddr,
}

impl MetricsListener {
    /// Binds `address`; port 0 takes any free one.
    ///
    /// # Errors
    ///
    /// If it is taken or none of this machine.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Self { address: listener.local_addr()?, listener })
    }

    /// What is listened on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown` is ready.
    pub(crate) async fn serve(
        self,
        app: App,
        metrics: Metrics,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) {
        let router = router(app, metrics);
        let service = move |_| router.clone();
        let served = serve(self.listener, service, limits(), None, shutdown).await;
        if let Err(error) = served {
            // The API goes on without it.
            let error = error.to_string();
            tracing::warn!(target: "guildhall::listener", error, "metrics cannot be read");
        }
    }
}

/// A few readers, each of whom asks once in a while.
fn limits() -> Limits {
    Limits {
        connections: 16,
        header_timeout: Duration::from_secs(5),
        send_timeout: Duration::from_secs(10),
        drain: Duration::from_secs(1),
        http2_streams: 4,
        ..Limits::default()
    }
}

fn router(app: App, metrics: Metrics) -> Router {
    Router::new()
        .route("/metrics", get(text).fallback(not_found))
        .fallback(not_found)
        .with_state((app, metrics))
}

async fn text(State((app, metrics)): State<(App, Metrics)>) -> impl IntoResponse {
    ([(CONTENT_TYPE, OPENMETRICS)], metrics.text(app.is_ready().await))
}

async fn not_found() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, "only GET /metrics is served here\n")
}
