//! The HTTP service of Guildhall, compatible with the Clerk Backend API, as a library.
//!
//! [`Server::start`] opens a data folder and binds a socket, [`Server::run`] answers until it is
//! told to stop. `api` holds one file for each resource: its routes, and handlers that read a
//! request, ask `guildhall-rules` or `guildhall-store`, and answer. `http` is the shell around
//! them, `tokens` signs, `metrics` counts. No rule and no SQL stands here.

mod api;
mod app;
mod auth;
#[cfg(fuzzing)]
pub mod fuzzing;
mod health;
mod http;
mod metrics;
mod passwords;
mod render;
mod server;
mod settings;
mod tokens;

pub use http::{Limits, NoNetwork, TrustedProxies};
pub use server::{RunError, Server, StartError};
pub use settings::{MetricsBind, SERVER_KEY_FILE, Settings};
pub use tokens::{SigningError, SigningKeys};
