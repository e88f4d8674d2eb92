//! The schema: plain SQL, numbered, run once each, in a folder for each database.
//!
//! A step that a server of the version before can live with (it adds, it changes nothing) says so
//! by its `works_with`: during a rolling update both versions run on the new schema. What the old
//! version needs is taken away one version later.

use std::path::Path;

use crate::backup;
use crate::db::{Db, Row, Value};
use crate::dialect::LOCK_MIGRATIONS;
use crate::error::{Error, OpenError};
use crate::{Migrate, postgres};

/// A step of the schema; its number is its place, from 1.
struct Step {
    sqlite: &'static str,
    postgres: &'static str,
    /// The oldest schema version whose servers work on the result.
    works_with: i64,
}

/// Every step, oldest first.
const STEPS: [Step; 1] = [Step {
    sqlite: include_str!("../migrations/sqlite/0001_memberships.sql"),
    postgres: include_str!("../migrations/postgres/0001_memberships.sql"),
    works_with: 1,
}];

/// The schema version that this binary works with.
pub(crate) const NEWEST: i64 = STEPS.len() as i64;

/// Brings the database to the newest schema, one server at a time, and tells its version; where it is a `file`, a copy of an
/// older one is kept beside it.
///
/// # Errors
/// [`OpenError::Newer`] where a newer binary was here that this one cannot work beside,
/// [`OpenError::Older`] where the schema is not to be changed, [`OpenError::NotKept`] where there is
/// no room for the copy; nothing is changed then.
pub(crate) async fn run(
    db: &mut Db,
    file: Option<&Path>,
    migrate: Migrate,
) -> Result<i64, OpenError> {
    if let Db::Postgres(session) = db {
        postgres::check_server(session).await?;
    }
    let found = version(db).await?;
    if is_usable(found, migrate)? {
        return Ok(found.number);
    }
    db.begin()?;
    let outcome = steps(db, file, migrate).await;
    match &outcome {
        Ok(_) => db.commit().await?,
        Err(_) => db.rollback().await?,
    }
    outcome
}

/// What the schema is, and which servers it works with.
#[derive(Clone, Copy, Debug)]
struct Version {
    number: i64,
    works_with: i64,
}

/// Tells whether the schema can be used as it is.
fn is_usable(found: Version, migrate: Migrate) -> Result<bool, OpenError> {
    if found.works_with > NEWEST {
        return Err(OpenError::Newer { found: found.number, known: NEWEST });
    }
    match found.number >= NEWEST {
        true => Ok(true),
        false if migrate == Migrate::No => {
            Err(OpenError::Older { found: found.number, known: NEWEST })
        }
        false => Ok(false),
    }
}

async fn steps(db: &mut Db, file: Option<&Path>, migrate: Migrate) -> Result<i64, OpenError> {
    db.script_dialect(LOCK_MIGRATIONS).await?;
    db.script(
        "CREATE TABLE IF NOT EXISTS migrations (
           version BIGINT PRIMARY KEY,
           works_with BIGINT NOT NULL
         )",
    )
    .await?;
    // Another server may have been here meanwhile.
    let found = version(db).await?;
    if is_usable(found, migrate)? {
        return Ok(found.number);
    }
    // Nobody else writes from here on, so that the copy is what the steps begin with.
    if let Some(file) = file
        && found.number > 0
    {
        backup::keep_copy(file, found.number, NEWEST)?;
    }
    let done = usize::try_from(found.number).unwrap_or_default();
    for (number, step) in (found.number + 1..).zip(&STEPS[done..]) {
        match db {
            Db::Sqlite(session) => session.script(step.sqlite)?,
            Db::Postgres(session) => postgres::run_step(session, step.postgres).await?,
        }
        let call = vec![number.into(), step.works_with.into()];
        db.execute("INSERT INTO migrations (version, works_with) VALUES ($1, $2)", [call]).await?;
    }
    Ok(NEWEST)
}

async fn version(db: &mut Db) -> Result<Version, Error> {
    let exists = match db {
        Db::Sqlite(_) => "SELECT count(*) FROM sqlite_schema WHERE name = 'migrations'",
        Db::Postgres(_) => {
            "SELECT count(*) FROM pg_tables WHERE tablename = 'migrations'
                            AND schemaname = current_schema()"
        }
    };
    let count = db.rows(exists, vec![], |row| row.integer(0)).await?;
    if count == [0] {
        return Ok(Version { number: 0, works_with: 0 });
    }
    let newest = "SELECT coalesce(max(version), 0), coalesce(max(works_with), 0) FROM migrations";
    let read = |row: &Row<'_>| Ok(Version { number: row.integer(0)?, works_with: row.integer(1)? });
    let found = db.rows(newest, Vec::<Value<'_>>::new(), read).await?;
    found.into_iter().next().ok_or_else(|| Error::failed("the schema has no version"))
}
