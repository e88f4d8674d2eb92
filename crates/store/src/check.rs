//! Whether what is stored holds together: run by an operator, never by the server.

use tokio::runtime::Handle;

use crate::Store;
use crate::db::Row;
use crate::error::Error;
use crate::migrations::NEWEST;
use crate::reading::{Cost, Pool, Snapshot};

/// How far rows may be ahead of the clock before that is a fault.
const TOLERATED_MILLISECONDS: i64 = 60_000;
/// How many problems of the file are looked for at most.
const PROBLEMS: usize = 20;

const RESTORE: &str = "stop the server, keep a copy of the data, and restore a backup";
const REBUILD: &str = "let the owner of the database run `REINDEX` on it, and look into its log";

/// What a look at one side of the database found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in a word or two.
    pub subject: &'static str,
    /// How it is.
    pub verdict: Verdict,
}

/// How one side of the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be; the text says what that means here.
    Sound(String),
    /// Not as it should be.
    Faulty {
        /// What is wrong, in one line.
        what: String,
        /// What the operator should do.
        advice: &'static str,
    },
}

impl Store {
    /// Checks the schema, the file, references, counters and times against one state of the data.
    ///
    /// Takes as long as reading the whole database several times; the server can go on meanwhile.
    ///
    /// # Errors
    /// When the database cannot be read at all.
    pub async fn check(&self) -> Result<Vec<Finding>, Error> {
        let (pool, now, runtime) = (self.pool.clone(), self.clock.now(), Handle::current());
        // Off the workers and without the time limit of reads that scan.
        let run = move || runtime.block_on(check(&pool, now));
        tokio::task::spawn_blocking(run).await.map_err(Error::failed)?
    }
}

async fn check(pool: &Pool, now: i64) -> Result<Vec<Finding>, Error> {
    let mut snapshot = pool.snapshot(Cost::Everything).await?;
    let (files, references) = match snapshot.is_postgres() {
        false => {
            let file = Finding { subject: "database file", verdict: file(&mut snapshot).await? };
            (file, references(&mut snapshot).await?)
        }
        true => {
            let indexes = Finding { subject: "indexes", verdict: indexes(&mut snapshot).await? };
            (indexes, constraints(&mut snapshot).await?)
        }
    };
    Ok(vec![
        Finding { subject: "schema", verdict: schema(&mut snapshot).await? },
        files,
        Finding { subject: "references", verdict: references },
        Finding { subject: "members counted", verdict: members(&mut snapshot).await? },
        Finding { subject: "rows counted", verdict: totals(&mut snapshot).await? },
        Finding { subject: "roles held", verdict: roles(&mut snapshot).await? },
        Finding { subject: "times", verdict: times(&mut snapshot, now).await? },
    ])
}

async fn schema(snapshot: &mut Snapshot) -> Result<Verdict, Error> {
    let sql = "SELECT coalesce(max(version), 0), coalesce(max(works_with), 0) FROM migrations";
    let read = |row: &Row<'_>| Ok((row.integer(0)?, row.integer(1)?));
    let (found, works_with) = snapshot.row(sql, vec![], read).await?.unwrap_or_default();
    Ok(if found >= NEWEST && works_with <= NEWEST {
        Verdict::Sound(format!("version {found}"))
    } else {
        Verdict::Faulty {
            what: format!("version {found}, and this guildhall works with {NEWEST}"),
            advice: "use the guildhall that wrote it, or a newer one",
        }
    })
}

async fn file(snapshot: &mut Snapshot) -> Result<Verdict, Error> {
    let sql = format!("PRAGMA integrity_check({PROBLEMS})");
    let problems = snapshot.rows(sql, vec![], |row| row.text(0)).await?;
    Ok(match problems.as_slice() {
        [only] if only == "ok" => Verdict::Sound("no damage".to_owned()),
        [first, ..] => Verdict::Faulty {
            what: format!("{} problems or more, the first: {first}", problems.len()),
            advice: RESTORE,
        },
        [] => Verdict::Faulty { what: "SQLite gives no answer".to_owned(), advice: RESTORE },
    })
}

async fn references(snapshot: &mut Snapshot) -> Result<Verdict, Error> {
    let sql = r#"SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2"#;
    let read =
        |row: &Row<'_>| Ok(format!("{} of {} to {}", row.integer(2)?, row.text(0)?, row.text(1)?));
    let broken = snapshot.rows(sql, vec![], read).await?;
    Ok(if broken.is_empty() {
        Verdict::Sound("each leads to a row".to_owned())
    } else {
        let what = format!("lead nowhere: {}", broken.join(", "));
        Verdict::Faulty { what, advice: RESTORE }
    })
}

/// Looks for indexes of PostgreSQL that were begun and never finished.
async fn indexes(snapshot: &mut Snapshot) -> Result<Verdict, Error> {
    let sql = "SELECT c.relname
               FROM pg_index i
               JOIN pg_class c ON c.oid = i.indexrelid
               WHERE c.relnamespace = to_regnamespace(current_schema())
                 AND NOT (i.indisvalid AND i.indisready)";
    named(snapshot.rows(sql, vec![], name).await?, "each is in use", REBUILD)
}

/// Looks for constraints that PostgreSQL does not hold to; those it does, it holds to always.
async fn constraints(snapshot: &mut Snapshot) -> Result<Verdict, Error> {
    let sql = "SELECT conname
               FROM pg_constraint
               WHERE connamespace = to_regnamespace(current_schema()) AND NOT convalidated";
    named(snapshot.rows(sql, vec![], name).await?, "each leads to a row", RESTORE)
}

fn name(row: &Row<'_>) -> Result<String, Error> {
    row.text(0)
}

fn named(wrong: Vec<String>, sound: &str, advice: &'static str) -> Result<Verdict, Error> {
    Ok(match wrong.is_empty() {
        true => Verdict::Sound(sound.to_owned()),
        false => Verdict::Faulty { what: format!("not valid: {}", wrong.join(", ")), advice },
    })
}

/// Compares the counters of organizations and roles with the memberships there are; those that a
/// removed organization left behind are counted nowhere.
async fn members(snapshot: &mut Snapshot) -> Result<Verdict, Error> {
    let sql = "SELECT coalesce(counted.organization, found.organization),
                      coalesce(counted.members, 0), coalesce(found.members, 0)
               FROM member_counts counted
               FULL OUTER JOIN (
                 SELECT m.instance, m.organization, m.role, count(*) AS members
                 FROM memberships m
                 WHERE NOT EXISTS (SELECT 1 FROM removals r
                                   WHERE r.instance = m.instance AND r.kind = 'organization'
                                         AND r.removed = m.organization)
                 GROUP BY instance, organization, role
               ) found ON found.instance = counted.instance
                 AND found.organization = counted.organization
                 AND found.role = counted.role
               WHERE coalesce(counted.members, 0) <> coalesce(found.members, 0)";
    let read = |row: &Row<'_>| {
        let (organization, counted, found) = (row.integer(0)?, row.integer(1)?, row.integer(2)?);
        Ok(format!("organization row {organization} counts {counted}, {found} are there"))
    };
    let wrong = snapshot.rows(sql, vec![], read).await?;
    Ok(counted(&wrong))
}

/// Compares the counters of instances with the rows there are, without what a removal left behind.
async fn totals(snapshot: &mut Snapshot) -> Result<Verdict, Error> {
    let sql = r#"WITH found (instance, kind, total) AS (
                 SELECT m.instance, 'memberships', count(*)
                 FROM memberships m
                 WHERE NOT EXISTS (SELECT 1 FROM removals r
                                   WHERE r.instance = m.instance
                                         AND (r.kind = 'organization' AND r.removed = m.organization
                                              OR r.kind = 'user' AND r.removed = m."user"))
                 GROUP BY m.instance
                 UNION ALL
                 SELECT instance, 'organizations', count(*) FROM organizations GROUP BY instance
                 UNION ALL
                 SELECT instance, 'users', count(*) FROM users GROUP BY instance
               )
               SELECT coalesce(counted.kind, found.kind),
                      coalesce(counted.total, 0), coalesce(found.total, 0)
               FROM instance_counts counted
               FULL OUTER JOIN found ON found.instance = counted.instance
                 AND found.kind = counted.kind
               WHERE coalesce(counted.total, 0) <> coalesce(found.total, 0)"#;
    let read = |row: &Row<'_>| {
        let (kind, counted, found) = (row.text(0)?, row.integer(1)?, row.integer(2)?);
        Ok(format!("{counted} {kind} are counted, {found} are there"))
    };
    let wrong = snapshot.rows(sql, vec![], read).await?;
    Ok(counted(&wrong))
}

fn counted(wrong: &[String]) -> Verdict {
    match wrong {
        [] => Verdict::Sound("as many as there are".to_owned()),
        [first, ..] => Verdict::Faulty {
            what: format!("{} wrong, the first: {first}", wrong.len()),
            advice: RESTORE,
        },
    }
}

/// Looks for members with a role that the role set of their organization has not, and that nobody
/// is taking away from them.
async fn roles(snapshot: &mut Snapshot) -> Result<Verdict, Error> {
    let sql = "SELECT c.organization, c.members, c.role
               FROM member_counts c
               JOIN organizations o
                 ON o.instance = c.instance AND o.organization = c.organization
               WHERE c.members > 0
                 AND NOT EXISTS (SELECT 1 FROM role_set_roles s
                                 WHERE s.instance = o.instance AND s.role_set = o.role_set
                                       AND s.role = c.role)
                 AND NOT EXISTS (SELECT 1
                                 FROM role_set_migrations g
                                 JOIN role_reassignments a
                                   ON a.instance = g.instance AND a.migration = g.migration
                                 WHERE g.instance = o.instance AND g.source = o.role_set
                                       AND a.from_role = c.role)";
    let read = |row: &Row<'_>| {
        let (organization, members, role) = (row.integer(0)?, row.integer(1)?, row.integer(2)?);
        Ok(format!("{members} members of organization row {organization} have role row {role}"))
    };
    let wrong = snapshot.rows(sql, vec![], read).await?;
    Ok(match wrong.first() {
        None => Verdict::Sound("each is in the role set of its organization".to_owned()),
        Some(first) => Verdict::Faulty {
            what: format!("{} not in the role set, the first: {first}", wrong.len()),
            advice: "add the role to the set (`guildhall role-sets add-roles`), or give the members \
                     another one",
        },
    })
}

/// Looks for rows from the future: the clock was ahead once, or is behind now.
async fn times(snapshot: &mut Snapshot, now: i64) -> Result<Verdict, Error> {
    let sql = "SELECT max(at) FROM (
                 SELECT max(created_at) AS at FROM instances
                 UNION ALL SELECT max(created_at) FROM keys
                 UNION ALL SELECT max(updated_at) FROM users
                 UNION ALL SELECT max(updated_at) FROM organizations
                 UNION ALL SELECT max(updated_at) FROM memberships
               ) newest";
    let newest = snapshot.row(sql, vec![], |row| row.optional_integer(0)).await?.flatten();
    let ahead = newest.unwrap_or_default().saturating_sub(now);
    Ok(if ahead <= TOLERATED_MILLISECONDS {
        Verdict::Sound("no row is of the future".to_owned())
    } else {
        Verdict::Faulty {
            what: format!("the newest row is {} s ahead of the clock", ahead / 1000),
            advice: "set the clock of this machine, and keep it in step by NTP",
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DataFolder, Environment, Options};

    /// What a check of a new store finds faulty after these statements.
    async fn faults_after(statements: &[&'static str]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let store = Store::open(&data.into(), Options::default()).await.unwrap();
        store.create_instance("default", Environment::Development).await.unwrap();
        for sql in statements {
            let mut db = store.administer().await.unwrap();
            db.execute(sql, [vec![]]).await.unwrap();
            db.commit().await.unwrap();
        }
        let findings = store.check().await.unwrap();
        let fault = |finding: Finding| match finding.verdict {
            Verdict::Sound(_) => None,
            Verdict::Faulty { what, .. } => Some(format!("{}: {what}", finding.subject)),
        };
        findings.into_iter().filter_map(fault).collect()
    }

    const ORGANIZATION: &str = "INSERT INTO organizations
        (instance, organization, id, slug, created_at, updated_at, max_allowed_memberships,
         admin_delete_enabled, sort_name, name, public_metadata, private_metadata, role_set)
        SELECT instance, 7, 'org_1', 'engines', 1, 1, 0, 1, 'engines', 'Engines', '{}', '{}',
               role_set
        FROM role_sets";

    #[tokio::test]
    async fn a_new_store_is_sound() {
        assert_eq!(faults_after(&[]).await, [""; 0]);
    }

    #[tokio::test]
    async fn a_row_that_nobody_counted_is_found() {
        let faults = faults_after(&[ORGANIZATION]).await;

        let expected = "rows counted: 1 wrong, the first: 0 organizations are counted, 1 are there";
        assert_eq!(faults, [expected]);
    }

    #[tokio::test]
    async fn a_counter_without_rows_is_found() {
        let faults = faults_after(&[
            ORGANIZATION,
            "UPDATE instance_counts SET total = 1 WHERE kind = 'organizations'",
            "INSERT INTO member_counts (instance, organization, role, members)
             SELECT r.instance, 7, r.role, 2 FROM roles r WHERE r.key = 'org:admin'",
        ])
        .await;

        let expected = "members counted: 1 wrong, the first: organization row 7 counts 2, 0 are \
                        there";
        assert_eq!(faults, [expected]);
    }

    #[tokio::test]
    async fn a_role_outside_the_role_set_is_found() {
        let faults = faults_after(&[
            ORGANIZATION,
            "UPDATE instance_counts SET total = 1 WHERE kind <> 'users'",
            "INSERT INTO member_counts (instance, organization, role, members)
             SELECT r.instance, 7, r.role, 1 FROM roles r WHERE r.key = 'org:member'",
            "INSERT INTO memberships (instance, organization, membership, \"user\", role, id,
                                      updated_at, public_metadata, private_metadata)
             SELECT r.instance, 7, 1, 1, r.role, 'orgmem_1', 1, '{}', '{}'
             FROM roles r
             WHERE r.key = 'org:member'",
            "DELETE FROM role_set_roles
             WHERE role IN (SELECT r.role FROM roles r WHERE r.key = 'org:member')",
        ])
        .await;

        assert_eq!(faults.len(), 1);
        let expected =
            "roles held: 1 not in the role set, the first: 1 members of organization row 7";
        assert!(faults[0].starts_with(expected), "{faults:?}");
    }

    #[tokio::test]
    async fn a_reference_that_leads_nowhere_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let store = Store::open(&data.into(), Options::default()).await.unwrap();
        let database = rusqlite::Connection::open(folder.path().join("guildhall.db")).unwrap();
        let sql = "PRAGMA foreign_keys = OFF;
                   INSERT INTO keys (hash, instance, id, origin, created_at)
                   VALUES ('hash', 404, 'key_1', 'created', 1)";
        database.execute_batch(sql).unwrap();

        let found = store.check().await.unwrap();

        let references = found.iter().find(|it| it.subject == "references").unwrap();
        let what = "lead nowhere: 1 of keys to instances".to_owned();
        assert_eq!(references.verdict, Verdict::Faulty { what, advice: RESTORE });
    }

    #[tokio::test]
    async fn a_row_of_the_future_is_found() {
        let faults =
            faults_after(&["UPDATE instances SET created_at = created_at + 3600000"]).await;

        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("times: the newest row is 3"), "{faults:?}");
    }

    #[tokio::test]
    async fn a_schema_of_another_version_is_found() {
        let faults =
            faults_after(&["INSERT INTO migrations (version, works_with) VALUES (900, 900)"]).await;

        assert!(faults[0].starts_with("schema: version 900, "), "{faults:?}");
    }
}
