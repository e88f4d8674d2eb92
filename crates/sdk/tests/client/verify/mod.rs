//! The verifier of session tokens: by keys of the test's own, and against the real server.

mod axum;
mod checks;
mod claims;
mod keys;
mod layer;
mod public_key;
mod server;
mod signer;
