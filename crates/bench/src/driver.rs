//! The limit of writes on SQLite: the same rows of the same tables by the bare driver, in as many
//! commits as the server needed, with nothing read, decided or answered.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use rusqlite::{Connection, params};

use crate::load::Seen;
use crate::machine::own_cpu_micros;
use crate::places::ROLE;
use crate::results::Sample;
use crate::writes::{Into, Step, metadata};

const INSERT: &str = "INSERT INTO memberships
    (instance, organization, membership, \"user\", role, id, updated_at,
     public_metadata, private_metadata)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const UPDATE: &str = "UPDATE memberships
    SET updated_at = ?4, public_metadata = ?5, private_metadata = ?6, role = ?7
    WHERE instance = ?1 AND organization = ?2 AND membership = ?3";
const MERGE: &str = "UPDATE memberships
    SET updated_at = ?4, public_metadata = ?5, private_metadata = ?6
    WHERE instance = ?1 AND organization = ?2 AND membership = ?3";
const DELETE: &str =
    "DELETE FROM memberships WHERE instance = ?1 AND organization = ?2 AND membership = ?3";
const COUNT_MEMBERS: &str = "INSERT INTO member_counts (instance, organization, role, members)
    VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (instance, organization, role)
    DO UPDATE SET members = member_counts.members + excluded.members";
const COUNT: &str = "UPDATE instance_counts SET total = total + ?2
    WHERE instance = ?1 AND kind = 'memberships'";

/// Rows to write, by their keys.
pub(crate) struct Driver {
    connection: Connection,
    instance: i64,
    /// Of the members and of the measured role.
    roles: [i64; 2],
    rows: Vec<Membership>,
}

struct Membership {
    organization: i64,
    key: i64,
    user: i64,
    id: String,
}

impl Driver {
    /// Opens the database in `folder` and makes ready rows for `users` in turns of `into`.
    ///
    /// # Errors
    /// Where the database is not what it should be.
    pub(crate) fn open(folder: &Path, into: &Into, users: &[String]) -> Result<Self> {
        let connection = Connection::open(folder.join("guildhall.db"))?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA busy_timeout = 5000;",
        )?;
        connection.set_prepared_statement_cache_capacity(64);
        let number = |sql: &str, id: &str| -> Result<i64> {
            connection.query_row(sql, [id], |row| row.get(0)).with_context(|| format!("no {id}"))
        };
        let role = "SELECT role FROM roles WHERE key = ?1";
        let roles = [number(role, "org:member")?, number(role, ROLE)?];
        let instance = number("SELECT instance FROM roles WHERE key = ?1", ROLE)?;
        let first = number("SELECT max(membership) + length(?1) FROM memberships", "1")?;
        let organizations = into
            .organizations
            .iter()
            .map(|id| number("SELECT organization FROM organizations WHERE id = ?1", id))
            .collect::<Result<Vec<i64>>>()?;
        let mut rows = Vec::new();
        for ((place, id), key) in users.iter().enumerate().zip(first..) {
            let user = number("SELECT \"user\" FROM users WHERE id = ?1", id)?;
            let organization = organizations[place % organizations.len()];
            // As long as an id of the server, and as random where it matters for an index.
            let random = id.get(5..).unwrap_or_default();
            let id = format!("orgmem_{}", random.chars().rev().collect::<String>());
            rows.push(Membership { organization, key, user, id });
        }
        Ok(Self { connection, instance, roles, rows })
    }

    /// Does a step for every row, `batch` rows a commit, and tells what it took.
    ///
    /// # Errors
    /// Where a row cannot be written.
    pub(crate) fn run(&self, step: Step, batch: usize) -> Result<Sample> {
        let cpu = own_cpu_micros()?;
        let begun = Instant::now();
        let mut latencies = Vec::new();
        let writes: Vec<_> = (0..self.rows.len()).map(|number| (step, number)).collect();
        for writes in writes.chunks(batch.max(1)) {
            let asked = Instant::now();
            self.commit(writes)?;
            latencies.push(asked.elapsed());
        }
        let elapsed = begun.elapsed();
        let requests = self.rows.len();
        latencies.sort_unstable();
        let seen = Seen { requests, elapsed, latencies };
        Ok(Sample::new(&seen, own_cpu_micros()? - cpu))
    }

    /// Does a step for each of some rows, which have these numbers, in one commit.
    ///
    /// # Errors
    /// Where a row cannot be written; then nothing is, and nothing can be any more.
    pub(crate) fn commit(&self, writes: &[(Step, usize)]) -> Result<()> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        for writes in writes.chunk_by(|one, other| one.0 == other.0) {
            let step = writes[0].0;
            for (_, number) in writes {
                self.write(step, *number)?;
            }
            self.count(step, writes.iter().map(|(_, number)| self.rows[*number].organization))?;
        }
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    fn write(&self, step: Step, number: usize) -> Result<()> {
        let row = &self.rows[number];
        let (instance, organization, key) = (self.instance, row.organization, row.key);
        let (member, measured) = (self.roles[0], self.roles[1]);
        let prepared = |sql| self.connection.prepare_cached(sql);
        match step {
            Step::Create => prepared(INSERT)?.execute(params![
                instance,
                organization,
                key,
                row.user,
                member,
                row.id,
                key,
                "{}",
                "{}"
            ]),
            Step::Update => prepared(UPDATE)?.execute(params![
                instance,
                organization,
                key,
                key,
                "{}",
                "{}",
                measured
            ]),
            Step::Merge => prepared(MERGE)?.execute(params![
                instance,
                organization,
                key,
                key,
                metadata(number),
                "{}"
            ]),
            Step::Delete => prepared(DELETE)?.execute(params![instance, organization, key]),
        }?;
        Ok(())
    }

    /// Sums up what a commit changed in these organizations, as the server does.
    fn count(&self, step: Step, organizations: impl Iterator<Item = i64>) -> Result<()> {
        let by: &[(i64, i64)] = match step {
            Step::Create => &[(self.roles[0], 1)],
            Step::Update => &[(self.roles[0], -1), (self.roles[1], 1)],
            Step::Merge => &[],
            Step::Delete => &[(self.roles[1], -1)],
        };
        let mut organizations: Vec<i64> = organizations.collect();
        organizations.sort_unstable();
        for same in organizations.chunk_by(|one, other| one == other) {
            let members = i64::try_from(same.len())?;
            for (role, sign) in by {
                // A count that is taken from is there, so that the check on new rows must not see it.
                let sql = if *sign > 0 { COUNT_MEMBERS } else { TAKE_MEMBERS };
                let columns = params![self.instance, same[0], role, members];
                self.connection.prepare_cached(sql)?.execute(columns)?;
            }
        }
        let total = match step {
            Step::Create => i64::try_from(organizations.len())?,
            Step::Delete => -i64::try_from(organizations.len())?,
            Step::Update | Step::Merge => return Ok(()),
        };
        self.connection.prepare_cached(COUNT)?.execute(params![self.instance, total])?;
        Ok(())
    }
}

const TAKE_MEMBERS: &str = "UPDATE member_counts SET members = members - ?4
    WHERE instance = ?1 AND organization = ?2 AND role = ?3";

/// What a membership takes on the disk, its indexes included, in bytes; and the whole database.
///
/// # Errors
/// Where the database cannot be read.
pub(crate) fn disk(folder: &Path) -> Result<(f64, f64)> {
    let connection = Connection::open(folder.join("guildhall.db"))?;
    let sizes = "SELECT sum(pgsize) FROM dbstat('main', 1)
                 WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = 'memberships')";
    let bytes: f64 = connection.query_row(sizes, [], |row| row.get(0))?;
    let rows = "SELECT sum(total) FROM instance_counts WHERE kind = 'memberships'";
    let rows: f64 = connection.query_row(rows, [], |row| row.get(0))?;
    let all = std::fs::metadata(folder.join("guildhall.db"))?.len();
    Ok((bytes / rows.max(1.0), all as f64))
}
