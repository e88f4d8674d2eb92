//! The limit of reads: the same bytes from memory, through the same HTTP stack.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

type Answers = Arc<RwLock<HashMap<String, Bytes>>>;

/// Serves what was put under a name, `PUT /NAME`, to whoever asks for it, `GET /NAME`.
///
/// # Errors
/// Where the address is taken.
pub(crate) async fn serve(bind: SocketAddr) -> Result<()> {
    let router = Router::new().route("/{name}", get(read).put(put)).with_state(Answers::default());
    listen(bind, router).await
}

/// Serves what `router` answers; timeouts and buffers are those of Guildhall's own listener.
///
/// # Errors
/// Where the address is taken.
pub(crate) async fn listen(bind: SocketAddr, router: Router) -> Result<()> {
    let listener = TcpListener::bind(bind)?;
    listener.set_nonblocking(true)?;
    let mut server =
        axum_server::from_tcp(listener)?.first_request_timeout(Duration::from_secs(10));
    server
        .http_builder()
        .http1()
        .header_read_timeout(Duration::from_secs(75))
        .max_buf_size(256 * 1024);
    Ok(server.serve(router.into_make_service()).await?)
}

async fn read(State(answers): State<Answers>, Path(name): Path<String>) -> Response {
    let answers = answers.read().unwrap_or_else(PoisonError::into_inner);
    match answers.get(&name) {
        Some(body) => {
            let kind = [(header::CONTENT_TYPE, "application/json")];
            (kind, Body::from(body.clone())).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn put(
    State(answers): State<Answers>,
    Path(name): Path<String>,
    body: Bytes,
) -> impl IntoResponse {
    answers.write().unwrap_or_else(PoisonError::into_inner).insert(name, body);
    StatusCode::NO_CONTENT
}
