//! `GET /openapi.json`: the served part of the API, described by OpenAPI 3.1.

mod components;
mod document;

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde_json::json;

use super::route::Route;
use crate::app::App;

const HEADERS: [(HeaderName, &str); 2] =
    [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")];

/// The document without its servers, made when it is first asked for.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let operations = super::routes().into_iter().map(|route| route.operation);
    document::document(&operations.collect::<Vec<_>>()).to_string()
});

/// The document itself, which needs no key.
pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/openapi.json", "GetOpenApi", "Describes the served API.", get)]
}

async fn get(State(app): State<App>) -> impl IntoResponse {
    let servers = json!([{ "url": app.public_url() }]);
    let rest = DOCUMENT.strip_prefix('{').expect("the document is an object");
    (HEADERS, format!(r#"{{"servers":{servers},{rest}"#))
}
