//! The shell of the server: how requests are let in, read, refused and answered.
//!
//! Handlers stand in `api`; here is what all of them share. [`Front`] stands before their router and
//! [`serve`] puts it on a socket.

mod admission;
mod answers;
mod around;
pub(crate) mod avatars;
mod body;
mod compression;
mod errors;
mod fallback;
mod fields;
mod front;
mod instant;
mod kinds;
mod limits;
mod listener;
mod path;
mod proxies;
mod query;
mod stream;
pub(crate) mod trace;
pub(crate) mod version;

use std::sync::Arc;

pub(crate) use answers::{Answers, Keepable, Seen};
pub(crate) use around::{Around, refuse};
pub(crate) use body::Body;
pub(crate) use errors::Error;
pub(crate) use fallback::not_found;
pub(crate) use fields::Fields;
pub(crate) use front::{Front, Guarded};
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

#[cfg(test)]
mod tests;
