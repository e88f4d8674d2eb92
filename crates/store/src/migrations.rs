//! The schema: plain SQL, numbered, run once each.

use std::path::Path;

use crate::backup;
use crate::db::Row;
use crate::error::{Error, OpenError};
use crate::sqlite::Session;

/// Every step, oldest first; its number is its place, from 1.
const STEPS: [&str; 1] = [include_str!("../migrations/sqlite/0001_memberships.sql")];

/// The schema version that this binary works with.
pub(crate) const NEWEST: i64 = STEPS.len() as i64;

/// Brings the database in `file` to the newest schema; a copy of an older one is kept beside it.
///
/// # Errors
/// [`OpenError::Newer`] where a newer binary was here first, [`OpenError::NotKept`] where there is
/// no room for the copy.
pub(crate) fn run(session: &Session, file: &Path) -> Result<(), OpenError> {
    if version(session)? == NEWEST {
        return Ok(());
    }
    session.begin()?;
    let outcome = steps(session, file);
    match &outcome {
        Ok(()) => session.commit()?,
        Err(_) => session.rollback()?,
    }
    outcome
}

fn steps(session: &Session, file: &Path) -> Result<(), OpenError> {
    session.script("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY) STRICT")?;
    let found = version(session)?;
    let Some(missing) = usize::try_from(found).ok().and_then(|found| STEPS.get(found..)) else {
        return Err(OpenError::Newer { found, known: NEWEST });
    };
    // Nobody else writes from here on, so the copy is what the steps begin with.
    if found > 0 && !missing.is_empty() {
        backup::keep_copy(file, found, NEWEST)?;
    }
    for (number, step) in (found + 1..).zip(missing) {
        session.script(step)?;
        session.execute("INSERT INTO migrations (version) VALUES ($1)", [vec![number.into()]])?;
    }
    Ok(())
}

fn version(session: &Session) -> Result<i64, Error> {
    let mut version = 0;
    let mut keep = |row: &Row<'_>| {
        version = row.integer(0)?;
        Ok(())
    };
    let exists = "SELECT count(*) FROM sqlite_schema WHERE name = 'migrations'";
    session.each(exists, [vec![]], &mut keep)?;
    if version == 0 {
        return Ok(0);
    }
    let newest = "SELECT coalesce(max(version), 0) FROM migrations";
    session.each(newest, [vec![]], &mut |row| {
        version = row.integer(0)?;
        Ok(())
    })?;
    Ok(version)
}
