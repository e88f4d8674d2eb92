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

/// What matches every path of the API that is no route.
const UNKNOWN: [&str; 3] = ["/v1", "/v1/", "/v1/{*unknown}"];

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
        match operation.needs_key() {
            true => api = api.route(operation.path, handler),
            false => open = open.route(operation.path, handler),
        }
    }
    // Not nested: a nested router costs each request an address of its own.
    for unknown in UNKNOWN {
        api = api.route(unknown, any(not_found));
    }
    let door = Door::new(&app, about_organizations);
    let api = api.layer(panic_guard()).layer(from_fn_with_state(door, enter));
    let open = open.merge(avatars::routes()).layer(from_fn(remember_route));
    api.merge(open).with_state(app)
}

/// As [`enter`] does for guarded routes.
async fn remember_route(request: Request, next: Next) -> Response {
    let route = route_of(&request);
    let mut response = next.run(request).await;
    trace::remember_route(&mut response, route);
    response
}

/// The template of the route that a request has found, if it is one.
pub(crate) fn route_of(request: &Request) -> Option<MatchedPath> {
    let route = request.extensions().get::<MatchedPath>();
    route.filter(|route| !UNKNOWN.contains(&route.as_str())).cloned()
}
