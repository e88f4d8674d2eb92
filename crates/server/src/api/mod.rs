//! The API: one file for each resource, its routes above its handlers.

mod memberships;
mod metadata;
mod organizations;
mod user_fields;
mod users;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

use crate::app::App;
use crate::auth::require_key;
use crate::health;
use crate::http::{avatars, not_found, panic_guard, version};

/// Every route. Those of the API need a key, whether or not their path exists.
pub(crate) fn router(app: App) -> Router {
    let api = Router::new()
        .merge(memberships::routes())
        .merge(organizations::routes())
        .merge(users::routes())
        .fallback(not_found)
        .layer(panic_guard())
        .layer(from_fn(version::require))
        .layer(from_fn_with_state(app.clone(), require_key))
        .layer(from_fn(version::announce));
    Router::new().nest("/v1", api).merge(health::routes()).merge(avatars::routes()).with_state(app)
}
