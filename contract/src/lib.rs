//! Facts about the Clerk Backend API, for those who serve it or check answers against it.
//!
//! The files hold operations, parameters, statuses and schemas in OpenAPI 3.0, without prose;
//! `README.md` names their source and licence. [`json_schema`] brings a schema of them to the words
//! of OpenAPI 3.1 and JSON Schema.
#![warn(missing_docs)]

mod schema;

pub use schema::json_schema;

/// The oldest version, 2021-02-05, which a request without a version gets.
pub const FACTS_2021_02_05: &str = include_str!("../facts-2021-02-05.json");
/// The newest version, 2026-05-12.
pub const FACTS_2026_05_12: &str = include_str!("../facts-2026-05-12.json");
