//! Copies that are killed half-way, run again, and looked at meanwhile.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use guildhall_testing::TestDatabase;
use rusqlite::Connection;

use crate::server::{Start, data_folder, run, until};

/// How many users the source has; a batch is much less.
const USERS: i64 = 20_000;

/// A data folder with many users, all members of one organization.
fn source(data: &Path) {
    assert!(run(data, &["instances", "create", "Copied"]).status.success());
    let file = Connection::open(data.join("guildhall.db")).unwrap();
    file.execute_batch(&format!(
        "BEGIN;
         CREATE TEMP TABLE made AS
         WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers
                                             WHERE number < {USERS})
         SELECT i.instance, i.instance + number AS key, number, r.role
         FROM instances i, numbers, roles r WHERE r.key = 'org:member';
         INSERT INTO users (instance, \"user\", id, created_at, updated_at, banned, initials, card,
                            sort_username, search_email_address, search_phone_number,
                            search_web3_wallet, search_name, document, public_metadata,
                            private_metadata, unsafe_metadata)
         SELECT instance, key, 'user_' || number, number, number, 0, 'Ä', '{{}}', 'name' || number,
                '', '', '', '', '{{}}', '{{\"text\":\"ß' || number || '\"}}', '{{}}', '{{}}'
         FROM made;
         INSERT INTO user_search (rowid, email_address, phone_number, username, web3_wallet, id,
                                  name)
         SELECT key, '', '', 'name' || number, '', 'user_' || number, '' FROM made;
         INSERT INTO organizations (instance, organization, id, slug, created_at, updated_at,
                                    max_allowed_memberships, admin_delete_enabled, sort_name, name,
                                    public_metadata, private_metadata, role_set)
         SELECT instance, instance, 'org_1', 'engines', 1, 1, 0, 1, 'engines', 'Engines', '{{}}',
                '{{}}', role_set
         FROM role_sets;
         INSERT INTO memberships (instance, organization, membership, \"user\", role, id, updated_at,
                                  public_metadata, private_metadata)
         SELECT instance, instance, key, key, role, 'orgmem_' || number, number, '{{}}', '{{}}'
         FROM made;
         INSERT INTO member_counts SELECT instance, instance, role, {USERS} FROM made LIMIT 1;
         UPDATE instance_counts SET total = CASE kind WHEN 'organizations' THEN 1 ELSE {USERS} END;
         COMMIT;"
    ))
    .unwrap();
}

/// What is copied to.
enum Target {
    Sqlite(PathBuf),
    Postgres(TestDatabase),
}

impl Target {
    fn name(&self) -> String {
        match self {
            Self::Sqlite(data) => format!("sqlite:{}", data.display()),
            Self::Postgres(database) => database.url().to_owned(),
        }
    }

    /// Runs a command on the database itself.
    fn on(&self, arguments: &[&str]) -> Output {
        match self {
            Self::Sqlite(data) => run(data, arguments),
            Self::Postgres(database) => {
                let url = ["--database-url", database.url()];
                run(Path::new("/nonexistent"), &[arguments, &url].concat())
            }
        }
    }

    /// The number that a query gives; `None` where it fails.
    async fn number(&self, sql: &str) -> Option<i64> {
        match self {
            Self::Sqlite(data) => {
                let file = Connection::open(data.join("guildhall.db")).ok()?;
                file.query_row(sql, [], |row| row.get(0)).ok()
            }
            Self::Postgres(database) => {
                Some(database.connect().await.query_one(sql, &[]).await.ok()?.get(0))
            }
        }
    }

    async fn execute(&self, sql: &str) {
        match self {
            Self::Sqlite(data) => {
                Connection::open(data.join("guildhall.db")).unwrap().execute_batch(sql).unwrap();
            }
            Self::Postgres(database) => database.connect().await.batch_execute(sql).await.unwrap(),
        }
    }

    /// How many rows an unfinished copy has written.
    async fn copied(&self) -> Option<i64> {
        self.number("SELECT copied FROM copy_under_way").await
    }
}

struct World {
    folder: tempfile::TempDir,
    target: Target,
}

impl World {
    fn new(target: impl FnOnce(&Path) -> Target) -> Self {
        let folder = tempfile::tempdir().unwrap();
        source(&folder.path().join("source"));
        let target = target(folder.path());
        Self { folder, target }
    }

    fn sqlite() -> Self {
        Self::new(|folder| Target::Sqlite(folder.join("target")))
    }

    async fn postgres() -> Option<Self> {
        let database = TestDatabase::create_or_skip().await?;
        Some(Self::new(|_| Target::Postgres(database)))
    }

    fn source(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("source").display())
    }

    fn copy(&self, more: &[&str]) -> Output {
        self.copy_from(&self.source(), more)
    }

    fn copy_from(&self, source: &str, more: &[&str]) -> Output {
        let target = self.target.name();
        let arguments = ["copy", "--from", source, "--to", target.as_str()];
        run(self.folder.path(), &[&arguments, more].concat())
    }

    /// Kills a copy when it has written some users; tells how many rows there are then.
    async fn kill_half_way(&self) -> i64 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_guildhall"))
            .args(["copy", "--from", &self.source(), "--to", &self.target.name()])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let some = async || self.target.copied().await.filter(|copied| *copied > 2000);
        until("some users are copied", some).await;
        child.kill().unwrap();
        child.wait().unwrap();
        // What the database was about to commit, it may commit.
        let copied = self.target.copied().await.unwrap();
        assert!(copied < USERS, "the copy was too quick: {copied}");
        copied
    }
}

#[track_caller]
fn assert_refused(output: &Output, code: i32, why: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(why) && stderr.lines().count() == 1, "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[track_caller]
fn assert_done(output: &Output) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let copied: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = |name: &str| {
        let tables = copied["tables"].as_array().unwrap();
        tables.iter().find(|it| it["table"] == name).unwrap()["rows"].as_i64()
    };
    assert_eq!((rows("users"), rows("memberships")), (Some(USERS), Some(USERS)));
}

async fn goes_on(world: &World) {
    let before = world.kill_half_way().await;

    let unfinished = "is filled from `sqlite:";
    assert_refused(&world.target.on(&["instances", "list"]), 2, unfinished);
    assert_refused(&world.target.on(&["migrate"]), 2, unfinished);
    assert_refused(&world.target.on(&["serve", "--bind", "127.0.0.1:0"]), 2, unfinished);
    let other = world.folder.path().join("other");
    assert!(run(&other, &["instances", "create", "Other"]).status.success());
    let other = world.copy_from(&format!("sqlite:{}", other.display()), &[]);
    assert_refused(&other, 1, "the target is half filled from `sqlite:");
    assert_eq!(world.target.copied().await, Some(before));

    assert_done(&world.copy(&[]));

    assert!(world.target.on(&["doctor"]).status.success());
    assert_refused(&world.copy(&[]), 1, "the target holds data already");
    assert_refused(&world.copy(&["--restart", "--yes"]), 1, "the target is no unfinished copy");
}

async fn finds_a_changed_row(world: &World) {
    world.kill_half_way().await;
    world.target.execute("UPDATE users SET updated_at = 5 WHERE id = 'user_7'").await;

    let why = "the copy is refused, for `users` differs: 20000 rows in the source, 20000 in the \
               target, with another checksum";
    assert_refused(&world.copy(&[]), 1, why);
    assert_refused(&world.copy(&[]), 1, why);
    assert_refused(&world.target.on(&["instances", "list"]), 2, "is filled from `sqlite:");

    assert_refused(&world.copy(&["--restart"]), 2, "give `--yes`");
    assert_done(&world.copy(&["--restart", "--yes"]));
    assert!(world.target.on(&["doctor"]).status.success());
    let changed = "SELECT count(*) FROM users WHERE updated_at = 5";
    assert_eq!(world.target.number(changed).await, Some(1));
}

#[tokio::test]
async fn a_killed_copy_to_sqlite_goes_on_and_nobody_opens_it_before() {
    goes_on(&World::sqlite()).await;
}

#[tokio::test]
async fn a_killed_copy_to_postgresql_goes_on_and_nobody_opens_it_before() {
    let Some(world) = World::postgres().await else { return };
    goes_on(&world).await;
}

#[tokio::test]
async fn a_row_that_was_changed_in_a_sqlite_target_is_found() {
    finds_a_changed_row(&World::sqlite()).await;
}

#[tokio::test]
async fn a_row_that_was_changed_in_a_postgresql_target_is_found() {
    let Some(world) = World::postgres().await else { return };
    finds_a_changed_row(&world).await;
}

#[tokio::test]
async fn a_source_that_was_changed_between_two_attempts_is_found() {
    let world = World::sqlite();
    world.kill_half_way().await;
    let source = Connection::open(world.folder.path().join("source/guildhall.db")).unwrap();
    source
        .execute_batch(
            "DELETE FROM user_search WHERE rowid IN (SELECT \"user\" FROM users
                          WHERE id = 'user_7'); DELETE FROM users WHERE id = 'user_7'",
        )
        .unwrap();

    let why = "`users` differs: 19999 rows in the source, 20000 in the target;";
    assert_refused(&world.copy(&[]), 1, why);
}

#[tokio::test]
async fn a_server_on_a_postgresql_source_is_told_of() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let (_folder, data) = data_folder();
    let url = database.url();
    let server = Start::on(&data).variable("GUILDHALL_DATABASE_URL", url).start();
    assert_eq!(server.api().status_of_key().await, 200);

    let target = format!("sqlite:{}", data.with_file_name("target").display());
    let copied = run(&data, &["copy", "--from", url, "--to", &target]);

    let told = String::from_utf8_lossy(&copied.stderr);
    assert_eq!(copied.status.code(), Some(0), "{told}");
    assert!(told.starts_with("warning: guildhall has "), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[tokio::test]
async fn two_copies_at_once_fill_a_target_once() {
    let Some(world) = World::postgres().await else { return };
    let copies = std::thread::scope(|scope| {
        let copy = || scope.spawn(|| world.copy_from(&format!("{}/backup", world.source()), &[]));
        // Files of backups are not locked, so that two commands can read one.
        let source = world.folder.path().join("source");
        let backup = source.join("backup");
        assert!(run(&source, &["backup", backup.to_str().unwrap()]).status.success());
        [copy(), copy()].map(|copy| copy.join().unwrap())
    });

    let done = copies.iter().filter(|copy| copy.status.success()).count();
    assert!(done <= 1, "{copies:?}");
    if done == 0 {
        assert_done(&world.copy_from(&format!("{}/backup", world.source()), &[]));
    }
    assert_eq!(world.target.number("SELECT count(*) FROM users").await, Some(USERS));
    assert!(world.target.on(&["doctor"]).status.success());
}
