//! The schema on PostgreSQL: a step is run one statement at a time.

use super::session::Session;
use crate::error::{Error, OpenError};

/// What `CREATE EXTENSION` is refused with where the role may not.
const EXTENSION: &str = "pg_trgm";

/// Runs every statement of a step in the transaction that is open.
///
/// # Errors
/// [`OpenError::Extension`] where an extension is missing that may not be made.
pub(crate) async fn run_step(session: &mut Session, step: &str) -> Result<(), OpenError> {
    for statement in statements(step) {
        session.script(statement).await.map_err(|error| match error {
            Error::Refused(reason) | Error::Failed(reason)
                if statement.contains("CREATE EXTENSION") =>
            {
                OpenError::Extension { extension: EXTENSION, reason: reason.to_string() }
            }
            other => other.into(),
        })?;
    }
    Ok(())
}

/// The statements of a script: each ends with a semicolon at the end of a line.
fn statements(script: &str) -> impl Iterator<Item = &str> {
    script.split(";\n").map(str::trim).filter(|statement| !statement.is_empty())
}
