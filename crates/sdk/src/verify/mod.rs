//! Verifying session tokens where they arrive, without a call for each.
//!
//! [`TokenVerifier`] is where to start: `verifier.rs` has the order of the checks, `token.rs` and
//! `claims.rs` the checks themselves, `keys.rs` the keys, which are fetched and kept.

mod builder;
mod claims;
mod error;
mod headers;
mod keys;
mod public_key;
mod session;
mod token;
mod verifier;

#[cfg(feature = "axum")]
mod axum;
#[cfg(feature = "tower")]
mod layer;
#[cfg(any(feature = "axum", feature = "tower"))]
mod outcome;
#[cfg(any(feature = "axum", feature = "tower"))]
mod rejection;

pub use builder::TokenVerifierBuilder;
pub use error::VerifyError;
pub use headers::session_token;
pub use session::VerifiedSession;
pub use token::MOST_TOKEN_BYTES;
pub use verifier::TokenVerifier;

#[cfg(all(feature = "axum", feature = "tower"))]
pub use axum::LayerSession;
#[cfg(feature = "tower")]
pub use layer::{SessionLayer, SessionService};
#[cfg(any(feature = "axum", feature = "tower"))]
pub use rejection::SessionRejection;
