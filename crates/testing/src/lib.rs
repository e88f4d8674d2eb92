//! Starts a real Guildhall server on a free port for tests, yours and ours.
//!
//! ```
//! use guildhall_sdk::CreateUser;
//! use guildhall_testing::TestServer;
//!
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = TestServer::start().await;
//! let user = server.client().users().create(&CreateUser::default()).await?;
//! # assert!(user.id.as_str().starts_with("user_"));
//! # Ok(()) }
//! ```
//!
//! The router, the rules and the database are those of the product; only the data folder is
//! temporary. [`Contract`](contract::Contract) checks answers against the published contract.
#![warn(missing_docs)]

mod actors;
pub mod contract;
mod database;
mod http;
mod server;

pub use database::TestDatabase;
pub use http::{Answer, Http};
pub use server::{TestClock, TestServer};

/// Compiles and runs the Rust of the pages that show this crate and the client.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}
    #[doc = include_str!("../../../docs/guide/from-python.md")]
    mod from_python {}
    #[doc = include_str!("../../../docs/guide/rust.md")]
    mod rust {}
}
