//! How the server is: alive, ready, and in which version.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use crate::api::Route;
use crate::app::App;
use crate::http::Error;
use crate::render::Json;

/// `GET /healthz`, `GET /readyz` and `GET /version`, which need no key.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/healthz", "GetHealth", "Tells that the server is alive.", healthz),
        Route::get("/readyz", "GetReadiness", "Tells whether requests are welcome.", readyz),
        Route::get("/version", "GetVersion", "Tells the server's version.", version),
    ]
}

async fn healthz() -> impl IntoResponse {
    (StatusCode::OK, Json(r#"{"status":"ok"}"#.into()))
}

/// 503 while the disk takes no writes, and from the moment the server was told to stop.
async fn readyz(State(app): State<App>) -> Result<Json, Error> {
    if app.is_ready().await {
        return Ok(Json(r#"{"status":"ready"}"#.into()));
    }
    Err(Error::Unavailable { retry_after_seconds: 1, source: None })
}

async fn version() -> Json {
    Json::from(format!(r#"{{"version":"{}"}}"#, env!("CARGO_PKG_VERSION")))
}
