//! The shell of the server: how requests are let in, read, refused and answered.
//!
//! Handlers stand in `api`; here is what all of them share. [`shell`] wraps their router and
//! [`serve`] puts it on a socket.

mod admission;
pub(crate) mod avatars;
mod body;
mod compression;
mod errors;
mod fallback;
mod fields;
mod instant;
mod kinds;
mod limits;
mod listener;
mod path;
mod proxies;
mod query;
mod stream;
mod trace;
pub(crate) mod version;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

pub(crate) use body::Body;
pub(crate) use errors::{Error, panic_guard};
pub(crate) use fallback::not_found;
pub(crate) use fields::Fields;
pub use limits::Limits;
pub(crate) use listener::serve;
pub(crate) use path::PathIds;
pub(crate) use proxies::ForwardedBase;
pub use proxies::{NoNetwork, TrustedProxies};
pub(crate) use query::Query;

use crate::metrics::RequestMetrics;

/// What holds for every request. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Terms {
    /// How much is taken on.
    pub(crate) limits: Limits,
    /// Whose forwarded headers are believed.
    pub(crate) proxies: TrustedProxies,
    /// Where it is counted.
    pub(crate) metrics: Arc<RequestMetrics>,
}

/// Wraps `router` with everything that holds for every request.
///
/// From the outside in: compression, the trace (which renders errors, writes the log line and
/// counts), the limits, then around each route the guard against panics. The router is served as a fallback of
/// an outer one, because axum adds `Allow` to its 405 outside of the layers of a router.
pub(crate) fn shell(router: Router, terms: &Terms) -> Router {
    let guarded = router.layer(panic_guard()).layer(from_fn(trace::remember_route));
    Router::new()
        .fallback_service(guarded)
        .layer(from_fn_with_state(limits::Gate::new(terms), limits::guard))
        .layer(from_fn_with_state(terms.clone(), trace::trace))
        .layer(compression::layer())
        .layer(from_fn(compression::simplify_accept_encoding))
}

#[cfg(test)]
mod tests;
