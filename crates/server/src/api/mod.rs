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

use std::collections::HashSet;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::any;

pub(crate) use links::no_such_position;

use crate::app::App;
use crate::auth::{Caller, Door, enter};
use crate::health;
use crate::http::{avatars, not_found, panic_guard, trace, version};

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
    let mut about_organizations = HashSet::new();
    for Route { operation, mut handler } in routes() {
        if operation.needs_organizations() {
            about_organizations.insert(operation.path);
        }
        if let Some(version) = operation.until {
            let guard = move |caller: Caller, request, next| {
                version::only_before(version, caller.version, request, next)
            };
            handler = handler.layer(from_fn(guard));
        }
        match operation.guarded_path() {
            Some(path) => api = api.route(path, handler),
            None => open = open.route(operation.path, handler),
        }
    }
    // A nested router does not get the path of its own root with a slash at the end.
    let root = Router::new().route("/v1/", any(not_found));
    let door = Door::new(&app, about_organizations);
    let open = open.merge(avatars::routes()).layer(from_fn(remember_route));
    Router::new()
        .nest("/v1", guarded(api.fallback(not_found), &door))
        .merge(guarded(root, &door))
        .merge(open)
        .with_state(app)
}

/// Puts the door in front of every route.
fn guarded(router: Router<App>, door: &Door) -> Router<App> {
    router.layer(panic_guard()).layer(from_fn_with_state(door.clone(), enter))
}

/// As [`enter`] does for guarded routes.
async fn remember_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    trace::remember_route(&mut response, route);
    response
}
