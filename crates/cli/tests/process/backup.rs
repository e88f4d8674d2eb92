//! Backups of a server that is written to, restored, and killed half-way.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::api::Api;
use crate::database;
use crate::server::{Start, data_folder, run, until};

/// How often a command must have ended by itself before there is no later moment to kill it at.
const WHOLE: usize = 3;
/// From which size on the server empties the log although readers and the writer wait for it.
const LOG_BYTES_AT_MOST: u64 = 256 << 20;
/// How long a statement of the server waits for a lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What the command printed, which must have gone well.
#[track_caller]
fn done(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn assert_refused(output: &Output, why: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(why) && stderr.lines().count() == 1, "{stderr}");
}

fn names(folder: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
    let names = std::fs::read_dir(folder).unwrap().map(name);
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// The usernames in a database file, which must be sound.
fn usernames(file: &Path) -> Vec<String> {
    let connection = Connection::open(file).unwrap();
    let ok = rusqlite::types::Value::Text("ok".to_owned());
    assert_eq!(database::rows(&connection, "PRAGMA integrity_check"), [[ok]]);
    let mut statement =
        connection.prepare("SELECT value FROM identifiers WHERE kind = 'username'").unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

/// A writer that makes one user after the other until it is told to end.
async fn write(api: Api, writer: usize, made: Arc<AtomicUsize>, end: Arc<AtomicBool>) {
    while !end.load(Ordering::Relaxed) {
        let number = made.load(Ordering::Relaxed);
        api.user(json!({ "username": format!("writer_{writer}_{number:05}") })).await;
        made.store(number + 1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_writes_holds_one_moment_and_answers_as_the_server_did() {
    let (folder, data) = data_folder();
    let file = folder.path().join("backup.db");
    let restored = folder.path().join("restored");
    let server = Start::on(&data).start();
    let api = server.api();
    let (organization_id, _) = api.organization("Acme").await;
    let members = format!("/v1/organizations/{organization_id}/memberships");
    // Pictures are where the server is.
    let expected = api.get(&members).await.ok().to_string().replace(server.base_url(), "");
    let end = Arc::new(AtomicBool::new(false));
    let made: Vec<Arc<AtomicUsize>> = (0..4).map(|_| Arc::default()).collect();
    let writers = made.iter().enumerate().map(|(writer, made)| {
        tokio::spawn(write(api.clone(), writer, Arc::clone(made), Arc::clone(&end)))
    });
    let writers: Vec<_> = writers.collect();
    let is_writing = || made.iter().all(|made| made.load(Ordering::Relaxed) > 20);
    until("everybody writes", async || is_writing().then_some(())).await;

    let before: Vec<usize> = made.iter().map(|made| made.load(Ordering::Relaxed)).collect();
    let taken = run(&data, &["backup", text(&file)]);
    let after: Vec<usize> = made.iter().map(|made| made.load(Ordering::Relaxed)).collect();
    end.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let secret_key = server.secret_key().to_owned();
    server.stop();
    let put_back = run(&restored, &["restore", text(&file)]);
    let there = names(&restored);
    let server = Start::on(&restored).start();

    assert_eq!(there, ["guildhall.db", "lock"]);
    let (taken, put_back) = (done(&taken), done(&put_back));
    assert_eq!(taken["sha256"], put_back["sha256"]);
    assert_eq!(taken["rows"], put_back["rows"]);
    let api = Api::new(server.base_url(), &secret_key);
    let answer = api.get(&members).await.ok().to_string().replace(server.base_url(), "");
    assert_eq!(answer, expected);
    let users = api.users().await;
    assert_eq!(taken["rows"]["users"], users.len());
    for (writer, (before, after)) in before.into_iter().zip(&after).enumerate() {
        assert!(before < *after, "nothing was written during the backup");
        let prefix = format!("writer_{writer}_");
        let names = users.iter().filter_map(|user| user["username"].as_str());
        let found: Vec<&str> = names.filter(|name| name.starts_with(&prefix)).collect();
        let expected: Vec<_> = (0..found.len()).map(|it| format!("{prefix}{it:05}")).collect();
        assert_eq!(found, expected, "there is a gap");
        assert!((before..=after + 1).contains(&found.len()), "{before} {} {after}", found.len());
    }
    database::check(&restored);
}

#[tokio::test]
async fn a_backup_that_is_killed_leaves_a_whole_file_or_none() {
    let (folder, data) = data_folder();
    let file = folder.path().join("backup.db");
    let server = Start::on(&data).start();
    server.api().user(json!({ "username": "ada_lovelace" })).await;
    let (mut killed, mut whole) = (0, 0);

    for milliseconds in (0..).step_by(4) {
        if whole == WHOLE {
            break;
        }
        whole += kill_after(&data, &["backup", text(&file), "--yes"], milliseconds).await;

        if file.exists() {
            assert_eq!(usernames(&file), ["ada_lovelace"], "after {milliseconds} ms");
            std::fs::remove_file(&file).unwrap();
        } else {
            killed += 1;
        }
    }

    assert!(killed > 2, "no backup was killed: nothing is tested");
    done(&run(&data, &["backup", text(&file)]));
    assert_eq!(usernames(&file), ["ada_lovelace"]);
    assert_eq!(names(folder.path()), ["backup.db", "data"]);
}

#[tokio::test]
async fn a_restore_that_is_killed_leaves_the_one_database_or_the_other() {
    let (folder, data) = data_folder();
    let (old, new) = (folder.path().join("old.db"), folder.path().join("new.db"));
    let mut server = Start::on(&data).start();
    done(&run(&data, &["backup", text(&old)]));
    server.api().user(json!({ "username": "ada_lovelace" })).await;
    done(&run(&data, &["backup", text(&new)]));
    server.api().user(json!({ "username": "charles_babbage" })).await;
    // So that a log is there, which belongs to the old database only.
    server.kill();
    let database = data.join("guildhall.db");
    let copies = ["guildhall.db", "guildhall.db-wal"].map(|name| {
        let bytes = std::fs::read(data.join(name)).unwrap();
        (data.join(name), bytes)
    });
    let (mut is_old, mut is_new, mut whole) = (0, 0, 0);

    for milliseconds in (0..).step_by(7) {
        if whole == WHOLE {
            break;
        }
        for (path, bytes) in &copies {
            std::fs::write(path, bytes).unwrap();
        }
        let _ = std::fs::remove_file(data.join("guildhall.db-shm"));
        whole += kill_after(&data, &["restore", text(&old)], milliseconds).await;

        match usernames(&database).len() {
            2 => is_old += 1,
            0 => is_new += 1,
            _ => panic!("it is neither of them after {milliseconds} ms"),
        }
    }

    assert!(is_old > 0 && is_new > 0, "nothing is tested: {is_old} {is_new}");
    done(&run(&data, &["restore", text(&new)]));
    assert_eq!(usernames(&database), ["ada_lovelace"]);
    database::check(&data);
}

/// Kills a command after a while; gives 1 where it had ended by itself.
async fn kill_after(data: &Path, arguments: &[&str], milliseconds: u64) -> usize {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command.args(arguments).env("GUILDHALL_DATA", data);
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    child.kill().unwrap();
    usize::from(child.wait().unwrap().success())
}

#[tokio::test]
async fn a_restore_beside_a_running_server_is_refused() {
    let (folder, data) = data_folder();
    let file = folder.path().join("backup.db");
    let server = Start::on(&data).start();
    done(&run(&data, &["backup", text(&file)]));
    server.api().user(json!({ "username": "ada_lovelace" })).await;

    let output = run(&data, &["restore", text(&file)]);

    assert_refused(&output, "is in use by another `guildhall serve`");
    assert_eq!(server.api().users().await.len(), 1);
    server.stop();
    database::check(&data);
}

#[tokio::test]
async fn the_database_of_a_running_server_is_no_backup() {
    let (folder, data) = data_folder();
    let other = folder.path().join("other");
    let _server = Start::on(&data).start();

    let output = run(&other, &["restore", text(&data.join("guildhall.db"))]);

    assert_refused(&output, "make a backup of it by `guildhall backup`");
}

#[tokio::test]
async fn a_restore_while_another_command_reads_is_refused() {
    let (folder, data) = data_folder();
    let file = folder.path().join("backup.db");
    let server = Start::on(&data).start();
    server.api().user(json!({ "username": "ada_lovelace" })).await;
    done(&run(&data, &["backup", text(&file)]));
    server.stop();
    let reader = database::open(&data);
    reader.execute_batch("BEGIN; SELECT count(*) FROM users").unwrap();

    let output = run(&data, &["restore", text(&file)]);

    assert_refused(&output, "another command works on it");
    drop(reader);
    assert_eq!(usernames(&data.join("guildhall.db")), ["ada_lovelace"]);
}

#[tokio::test]
async fn a_backup_that_finds_no_room_leaves_nothing() {
    let (folder, data) = data_folder();
    let file = folder.path().join("backup.db");
    let _server = Start::on(&data).start();
    let script = "trap '' XFSZ; ulimit -S -f 64; exec \"$0\" backup \"$1\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_guildhall"), text(&file)]);

    let output = command.env("GUILDHALL_DATA", &data).output().unwrap();

    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("cannot be copied: ") && stderr.lines().count() == 1, "{stderr}");
    assert_eq!(names(folder.path()), ["data"]);
}

#[tokio::test]
async fn commits_do_not_wait_for_a_long_read_however_long_the_log_is() {
    let (_folder, data) = data_folder();
    let server = Start::on(&data).start();
    let api = server.api();
    api.user(json!({})).await;
    let reader = database::open(&data);
    reader.execute_batch("BEGIN; SELECT count(*) FROM users").unwrap();
    // What is behind the last commit counts for nothing but the size.
    let log = std::fs::File::options().append(true).open(data.join("guildhall.db-wal")).unwrap();
    log.set_len(LOG_BYTES_AT_MOST + 1).unwrap();

    let (started, mut longest) = (Instant::now(), Duration::ZERO);
    while started.elapsed() < Duration::from_secs(1) {
        let before = Instant::now();
        api.user(json!({})).await;
        longest = longest.max(before.elapsed());
    }

    assert!(longest < BUSY_TIMEOUT / 2, "a commit took {longest:?}");
    assert!(server.log_bytes() > LOG_BYTES_AT_MOST, "the log was emptied: nothing is tested");
}
