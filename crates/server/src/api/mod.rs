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
use axum::middleware::from_fn;
use axum::routing::any;

pub(crate) use links::no_such_position;

use crate::app::App;
use crate::auth::Caller;
use crate::health;
use crate::http::{Around, avatars, not_found, version};

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

/// A router of every route, and of the paths of the API that are none.
pub(crate) fn router(app: App) -> Router {
    let mut router = Router::new();
    for Route { operation, mut handler } in routes() {
        if let Some(version) = operation.until {
            let guard = move |caller: Caller, request, next| {
                version::only_before(version, caller.version, request, next)
            };
            handler = handler.layer(from_fn(guard));
        }
        let around = match operation.needs_organizations() {
            true => Around::AboutOrganizations,
            false => Around::Route,
        };
        router = router.route(operation.path, handler.layer(around));
    }
    // Not nested: a nested router costs each request an address of its own.
    for unknown in UNKNOWN {
        router = router.route(unknown, any(not_found).layer(Around::Nothing));
    }
    router.merge(avatars::routes().layer(Around::Route)).with_state(app)
}
