//! The schema on PostgreSQL: a step is run one statement at a time.

use super::session::Session;
use crate::error::{Error, OpenError, with_causes};

/// What `CREATE EXTENSION` is refused with where the role may not.
const EXTENSION: &str = "pg_trgm";

/// The oldest version that is understood, as PostgreSQL counts it.
const OLDEST_VERSION: i64 = 150_000;

/// Tells whether a database is one that can be used.
///
/// # Errors
/// [`OpenError::Unfit`] where it is too old, or keeps text otherwise than as UTF-8.
pub(crate) async fn check_server(session: &mut Session) -> Result<(), OpenError> {
    let sql = "SELECT CAST(current_setting('server_version_num') AS BIGINT),
                      current_setting('server_version'), current_setting('server_encoding')";
    let answer = session.each(sql, &[vec![]]).await?;
    let Some(row) = answer.rows.first() else { return Ok(()) };
    let (number, version, encoding): (i64, &str, &str) = (row.get(0), row.get(1), row.get(2));
    let reason = if number < OLDEST_VERSION {
        format!("it is PostgreSQL {version}, and 15 is the oldest that can be used")
    } else if encoding != "UTF8" {
        format!("it keeps text as {encoding}: make one with `ENCODING 'UTF8' TEMPLATE template0`")
    } else {
        return Ok(());
    };
    Err(OpenError::Unfit { reason })
}

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
                OpenError::Extension { extension: EXTENSION, reason: with_causes(&*reason) }
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
