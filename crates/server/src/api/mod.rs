//! The API: one file for each resource, its routes above its handlers.

mod instance;
mod links;
mod memberships;
mod metadata;
mod openapi;
mod organizations;
mod permission_checks;
mod permissions;
mod role_sets;
mod roles;
mod route;
mod sessions;
mod settings;
mod user_fields;
mod users;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;

pub(crate) use links::no_such_position;

use crate::app::App;
use crate::auth::{guard_organizations, require_key};
use crate::health;
use crate::http::{avatars, not_found, panic_guard, version};

pub(crate) use route::Route;

/// Every route that is described. What the router serves, the document and the comparison with the
/// published API are all made from these.
fn routes() -> Vec<Route> {
    let resources = [
        ("Organization memberships", memberships::routes()),
        ("Organizations", organizations::routes()),
        ("Users", users::routes()),
        ("Roles", roles::routes()),
        ("Permissions", permissions::routes()),
        ("Permissions", permission_checks::routes()),
        ("Role sets", role_sets::routes()),
        ("Sessions", sessions::routes()),
        ("Instance", instance::routes()),
        ("Instance", settings::routes()),
        ("Server", health::routes()),
        ("Server", openapi::routes()),
    ];
    resources
        .into_iter()
        .flat_map(|(tag, routes)| routes.into_iter().map(move |route| route.tagged(tag)))
        .collect()
}

/// A router of every route. Those of the API need a key, whether or not their path exists.
pub(crate) fn router(app: App) -> Router {
    let (mut api, mut open) = (Router::new(), Router::new());
    for Route { operation, mut handler } in routes() {
        if operation.needs_organizations() {
            handler = handler.layer(from_fn(guard_organizations));
        }
        if let Some(version) = operation.until {
            let guard = move |request, next| version::only_before(version, request, next);
            handler = handler.layer(from_fn(guard));
        }
        match operation.guarded_path() {
            Some(path) => api = api.route(path, handler),
            None => open = open.route(operation.path, handler),
        }
    }
    // A nested router does not get the path of its own root with a slash at the end.
    let root = Router::new().route("/v1/", any(not_found));
    Router::new()
        .nest("/v1", guarded(api.fallback(not_found), &app))
        .merge(guarded(root, &app))
        .merge(open)
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
