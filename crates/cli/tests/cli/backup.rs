//! `guildhall backup` and `guildhall restore`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use serde_json::Value;

use crate::command::{json, redact, run, shown, stderr};
use crate::serving::Serving;

/// A server that has ended, and a backup of what it held.
struct Backup {
    serving: Serving,
    file: PathBuf,
    made: Value,
}

impl Backup {
    async fn of(members: usize) -> Self {
        let mut serving = Serving::start();
        serving.organization_of(members).await;
        let file = serving.folder.path().join("backup.db");
        let made = json(&serving.on_folder(&["backup", text(&file)]));
        serving.signal("TERM");
        serving.wait();
        Self { serving, file, made }
    }

    /// Restores the file into the folder of the server, or fails to; exit code, stdout and stderr.
    fn restore(&self) -> String {
        self.shown(&self.serving.on_folder(&["restore", text(&self.file)]))
    }

    fn shown(&self, output: &std::process::Output) -> String {
        shown(output).replace(text(self.serving.folder.path()), "[folder]")
    }

    fn database(&self) -> PathBuf {
        self.serving.data().join("guildhall.db")
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is UTF-8")
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("it is there").permissions().mode() & 0o777
}

#[tokio::test]
async fn a_backup_tells_what_is_in_it() {
    let backup = Backup::of(2).await;

    let made = &backup.made;

    assert_eq!(made["file"], text(&backup.file));
    assert_eq!(made["bytes"], backup.file.metadata().expect("it is there").len());
    assert_eq!(made["sha256"].as_str().map(str::len), Some(64));
    assert!(made["taken_at"].as_i64() > Some(1_735_689_600_000), "{made}");
    assert_snapshot!(format!("{} {}", made["schema_version"], made["rows"]), @r#"1 {"instances":1,"keys":1,"memberships":2,"organizations":1,"users":2}"#);
}

#[tokio::test]
async fn a_backup_is_one_file_for_its_owner_only() {
    let backup = Backup::of(1).await;

    let names = std::fs::read_dir(backup.serving.folder.path()).expect("it is there");
    let names = names.map(|entry| entry.expect("it can be read").file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();

    assert_eq!(names, ["backup.db", "data", "log"]);
    assert_eq!(mode(&backup.file), 0o600);
}

#[tokio::test]
async fn a_file_is_not_replaced_unasked() {
    let backup = Backup::of(1).await;
    let before = std::fs::read(&backup.file).expect("it is there");

    let refused = backup.serving.on_folder(&["backup", text(&backup.file)]);
    let after = std::fs::read(&backup.file).expect("it is there");
    let confirmed = backup.serving.on_folder(&["backup", text(&backup.file), "--yes"]);

    assert_snapshot!(backup.shown(&refused), @"
    exit code 2
    --- stdout
    --- stderr
    error: this cannot be taken back, and there is no terminal to ask on; give `--yes`
    ");
    assert!(before == after);
    assert_eq!(json(&confirmed)["rows"], backup.made["rows"]);
}

#[tokio::test]
async fn the_files_of_a_server_are_not_replaced_even_if_asked() {
    let serving = Serving::start();

    for name in ["guildhall.db", "guildhall.db-wal", "development-key", "lock"] {
        let file = serving.data().join(name);
        let before = std::fs::read(&file).expect("it is there");
        let output = serving.on_folder(&["backup", text(&file), "--yes"]);

        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(stderr(&output).contains("give another name"), "{}", stderr(&output));
        assert!(name.ends_with("-wal") || std::fs::read(&file).expect("it is there") == before);
    }
}

#[tokio::test]
async fn a_restore_tells_what_it_did_and_can_be_taken_back() {
    let backup = Backup::of(1).await;
    let later = backup.serving.folder.path().join("later.db");
    let on_folder = |arguments: &[&str]| backup.serving.on_folder(arguments);
    on_folder(&["instances", "create", "Later"]);
    let changed = json(&on_folder(&["backup", text(&later)]));

    let restored = json(&on_folder(&["restore", text(&backup.file)]));
    let kept = PathBuf::from(restored["kept"].as_str().expect("there was a database"));
    let back = json(&on_folder(&["restore", text(&kept)]));

    assert_eq!(restored["rows"], backup.made["rows"]);
    assert_eq!(restored["sha256"], backup.made["sha256"]);
    assert_eq!(restored["development_key"], "valid");
    assert!(text(&kept).starts_with(&format!("{}.before-restore-2", text(&backup.database()))));
    assert_eq!((mode(&kept), mode(&backup.database())), (0o600, 0o600));
    assert_eq!(back["rows"], changed["rows"]);
    assert_eq!(back["rows"]["instances"], 2);
    assert_eq!(on_folder(&["doctor"]).status.code(), Some(0));
}

#[tokio::test]
async fn a_restore_tells_of_a_development_key_that_it_does_not_know() {
    let (backup, other) = (Backup::of(0).await, Backup::of(0).await);

    let restored = json(&backup.serving.on_folder(&["restore", text(&other.file)]));

    assert_eq!(restored["development_key"], "unknown");
}

#[tokio::test]
async fn a_truncated_backup_is_refused() {
    let backup = Backup::of(3).await;
    let before = std::fs::read(backup.database()).expect("it is there");
    let file = std::fs::File::options().write(true).open(&backup.file).expect("it is there");
    file.set_len(backup.made["bytes"].as_u64().expect("a number") / 2).expect("it is ours");

    let refused = backup.restore();

    assert_snapshot!(refused, @"
    exit code 1
    --- stdout
    --- stderr
    error: `[folder]/backup.db` is damaged: database disk image is malformed
    ");
    assert!(std::fs::read(backup.database()).expect("it is there") == before);
}

#[tokio::test]
async fn a_backup_with_a_damaged_page_is_refused() {
    let backup = Backup::of(3).await;
    let mut bytes = std::fs::read(&backup.file).expect("it is there");
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xff);
    std::fs::write(&backup.file, bytes).expect("it is ours");

    let refused = backup.restore();

    assert!(refused.starts_with("exit code 1\n"), "{refused}");
    assert!(refused.contains("`[folder]/backup.db` is damaged: "), "{refused}");
}

#[tokio::test]
async fn a_counter_that_is_wrong_makes_no_backup() {
    let backup = Backup::of(3).await;
    let database = rusqlite::Connection::open(backup.database()).expect("it is a database");
    let sql = "UPDATE instance_counts SET total = total + 1 WHERE kind = 'users'";
    database.execute(sql, []).expect("nobody else writes");
    drop(database);

    let output = backup.serving.on_folder(&["backup", text(&backup.file), "--yes"]);

    assert_snapshot!(backup.shown(&output), @"
    exit code 1
    --- stdout
    --- stderr
    error: `[folder]/data/guildhall.db` is damaged: rows counted: 1 wrong, the first: 4 users are counted, 3 are there
    ");
}

#[tokio::test]
async fn a_backup_of_a_newer_guildhall_is_refused() {
    let backup = Backup::of(1).await;
    let database = rusqlite::Connection::open(&backup.file).expect("it is a database");
    database
        .execute("INSERT INTO migrations (version, works_with) VALUES (900, 900)", [])
        .expect("it is ours");
    drop(database);

    let refused = backup.restore();

    assert!(refused.starts_with("exit code 1\n"), "{refused}");
    assert!(refused.contains("has schema version 900"), "{refused}");
}

#[tokio::test]
async fn what_is_no_backup_is_refused() {
    let backup = Backup::of(1).await;
    let folder = backup.serving.folder.path();
    let restore = |name: &str| {
        let output = backup.serving.on_folder(&["restore", text(&folder.join(name))]);
        redact(&stderr(&output)).replace(text(folder), "[folder]")
    };
    std::fs::write(folder.join("text"), "no database".repeat(1000)).expect("it is ours");
    std::fs::write(folder.join("empty"), "").expect("it is ours");
    let foreign = rusqlite::Connection::open(folder.join("foreign")).expect("it is made");
    foreign.execute_batch("CREATE TABLE users (id)").expect("it is ours");
    let lookalike = rusqlite::Connection::open(folder.join("lookalike")).expect("it is made");
    let sql = "CREATE TABLE migrations (version, works_with); INSERT INTO migrations VALUES (1, 1)";
    lookalike.execute_batch(sql).expect("it is ours");

    let told = ["text", "empty", "foreign", "lookalike", "data", "missing"].map(restore).concat();

    assert_snapshot!(told, @"
    error: `[folder]/text` is no database of guildhall: file is not a database
    error: `[folder]/empty` is no database of guildhall: no such table: migrations
    error: `[folder]/foreign` is no database of guildhall: no such table: migrations
    error: `[folder]/lookalike` is no database of guildhall: no such table: member_counts
    error: `[folder]/data`: it is no file
    error: `[folder]/missing`: No such file or directory (os error 2)
    ");
    assert_eq!(backup.serving.on_folder(&["doctor"]).status.code(), Some(0));
}

#[tokio::test]
async fn a_database_that_cannot_be_read_is_kept_too() {
    let backup = Backup::of(1).await;
    let damaged = b"no database".repeat(1000);
    std::fs::write(backup.database(), &damaged).expect("it is ours");
    let log = backup.serving.data().join("guildhall.db-wal");
    std::fs::write(&log, "no log").expect("it is ours");

    let restored = json(&backup.serving.on_folder(&["restore", text(&backup.file)]));

    let kept = restored["kept"].as_str().expect("there was a file");
    assert!(std::fs::read(kept).expect("it is there") == damaged);
    assert_eq!(backup.serving.on_folder(&["doctor"]).status.code(), Some(0));
}

#[test]
fn a_folder_without_a_database_has_no_backup() {
    let output = run(&["backup", "/tmp/backup.db", "--data", "/nonexistent"]);

    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("`/nonexistent` cannot be used"), "{}", stderr(&output));
}
