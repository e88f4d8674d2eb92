//! The API: one file for each resource, its routes above its handlers.

mod links;
mod memberships;
mod metadata;
mod organizations;
mod user_fields;
mod users;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;

pub(crate) use links::no_such_position;

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
        .fallback(not_found);
    // A nested router does not get the path of its own root with a slash at the end.
    let root = Router::new().route("/v1/", any(not_found));
    Router::new()
        .nest("/v1", guarded(api, &app))
        .merge(guarded(root, &app))
        .merge(health::routes())
        .merge(avatars::routes())
        .with_state(app)
}

/// Puts the key, and then the version, in front of every route.
fn guarded(router: Router<App>, app: &App) -> Router<App> {
    router
        .layer(panic_guard())
        .layer(from_fn(version::require))
        .layer(from_fn_with_state(app.clone(), require_key))
        .layer(from_fn(version::announce))
}
