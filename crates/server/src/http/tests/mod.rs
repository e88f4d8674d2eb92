//! The shell on a real socket, around a small router.

mod exchange;
mod limits;
mod listener;
mod log;
mod versions;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::errors::APPLICATION_JSON;
use super::{
    Around, Body, Error, Front, Limits, PathIds, Terms, TrustedProxies, avatars, not_found, serve,
    version,
};
use crate::metrics::Metrics;

/// Far longer than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where a request at work is met.
#[derive(Default)]
struct Signals {
    entered: Notify,
    release: Notify,
}

/// A server on a port of its own.
struct Running {
    address: SocketAddr,
    metrics: Metrics,
    signals: Arc<Signals>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Running {
    fn start(limits: Limits) -> Self {
        Self::start_behind(TrustedProxies::default(), limits)
    }

    fn start_behind(proxies: TrustedProxies, limits: Limits) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let signals = Arc::new(Signals::default());
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        let metrics = Metrics::default();
        let terms = Terms { limits, proxies, metrics: Arc::clone(&metrics.requests) };
        let router = router(signals.clone(), &terms);
        let service = move |peer| router.of(peer);
        let served = tokio::spawn(serve(listener, service, limits, Some(terms.metrics), shutdown));
        Self { address, metrics, signals, stop: Some(stop), served }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends `request` as it is, and returns everything that comes until the connection ends.
    async fn raw(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_ref()).await.unwrap();
        until_closed(&mut stream).await
    }
}

async fn until_closed(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it is closed").unwrap();
    String::from_utf8(answer).unwrap()
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

/// The code of the first error of an answer, whose shape is checked on the way.
async fn code(response: reqwest::Response) -> String {
    assert_eq!(response.headers()["content-type"], "application/json");
    let trace_id = response.headers()["x-clerk-trace-id"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["clerk_trace_id"], trace_id);
    body["errors"][0]["code"].as_str().unwrap().to_owned()
}

fn router(signals: Arc<Signals>, terms: &Terms) -> Front {
    log::install();
    let api = Router::new()
        .route("/v1/things/{id}", get(thing).patch(thing))
        .route("/v1/echo", post(echo))
        .route("/v1/panic", get(panicking))
        .route("/v1/large", get(large))
        .route("/v1/stuck", get(stuck))
        .route("/v1/unavailable", get(unavailable))
        .fallback(not_found)
        .with_state(signals)
        .merge(avatars::routes())
        .layer(Around::Route)
        .layer(from_fn(with_version));
    Front::new(api, terms, None)
}

/// What the door of the API does, without keys.
async fn with_version(request: Request, next: Next) -> Response {
    let asked = version::asked(&request);
    let applied = asked.clone().unwrap_or_default();
    let mut response = match asked {
        Ok(_) => next.run(request).await,
        Err(fault) => Error::from(fault).into_response(),
    };
    version::announce(&mut response, applied);
    response
}

async fn thing(PathIds([id]): PathIds<1>) -> impl IntoResponse {
    ([(CONTENT_TYPE, APPLICATION_JSON)], Value::from(id).to_string())
}

async fn echo(body: Body) -> Result<impl IntoResponse, Error> {
    let mut fields = body.fields();
    let name = fields.optional_string("name");
    fields.finish()?;
    Ok(([(CONTENT_TYPE, APPLICATION_JSON)], Value::from(name).to_string()))
}

async fn panicking() {
    panic!("a panic on purpose");
}

async fn large() -> impl IntoResponse {
    ([(CONTENT_TYPE, APPLICATION_JSON)], format!("[{}1]", "1,".repeat(2000)))
}

async fn stuck(State(signals): State<Arc<Signals>>) -> &'static str {
    signals.entered.notify_one();
    signals.release.notified().await;
    "released"
}

async fn unavailable() -> Error {
    let behind = std::io::Error::other("the disk is full");
    let source = std::io::Error::other(behind);
    Error::Unavailable { retry_after_seconds: 7, source: Some(Box::new(source)) }
}
