//! How a server starts: whose its files are, which keys it takes, and what keeps it from starting.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rusqlite::Connection;
use serde_json::json;

use crate::api::Api;
use crate::database;
use crate::server::{Start, data_folder, only_line, run};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_first_start_answers_with_the_key_that_it_prints() {
    let (_folder, data) = data_folder();
    let server = Start::on(&data).start();

    let status = server.api().status_of_key().await;

    let (took, resident) = (server.started.elapsed(), server.resident_kibibytes());
    println!("first answer after {took:?}, {resident} KiB resident");
    assert_eq!(status, 200);
}

#[tokio::test]
async fn only_the_owner_may_enter_the_folder_and_read_the_files() {
    let (_folder, data) = data_folder();
    let server = Start::on(&data).after("umask 000").start();
    server.api().user(json!({})).await;

    let mut names: Vec<_> = Vec::new();
    for entry in fs::read_dir(&data).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(mode(&entry.path()), 0o600, "{:?}", entry.path());
        names.push(entry.file_name().into_string().unwrap());
    }

    names.sort();
    let files = ["development-key", "guildhall.db", "guildhall.db-shm", "guildhall.db-wal", "lock"];
    assert_eq!(names, files);
    assert_eq!(mode(&data), 0o700);
}

#[tokio::test]
async fn the_development_key_outlives_a_kill() {
    let (_folder, data) = data_folder();
    let mut server = Start::on(&data).start();
    let secret_key = server.secret_key().to_owned();
    assert_eq!(server.api().status_of_key().await, 200);
    server.kill();

    let server = Start::on(&data).start();

    assert_eq!(server.secret_key(), secret_key);
    assert_eq!(server.api().status_of_key().await, 200);
}

#[tokio::test]
async fn a_pinned_key_replaces_the_one_pinned_before_and_no_other() {
    let (first, second) = ("sk_test_first_pinned", "sk_test_second_pinned");
    let (_folder, data) = data_folder();
    let development_key = Start::on(&data).start().secret_key().to_owned();
    let pinned = Start::on(&data).variable("GUILDHALL_SECRET_KEY", first).start();
    assert_eq!(pinned.api().status_of_key().await, 200);
    pinned.stop();

    let server = Start::on(&data).variable("GUILDHALL_SECRET_KEY", second).start();

    let status = async |key: &str| Api::new(server.base_url(), key).status_of_key().await;
    assert_eq!(status(first).await, 401);
    assert_eq!(status(second).await, 200);
    assert_eq!(status(&development_key).await, 200);
    let pinned = "SELECT origin FROM keys WHERE origin = 'pinned'";
    assert_eq!(database::rows(&database::open(&data), pinned).len(), 1);
}

#[tokio::test]
async fn a_pinned_key_holds_without_being_given_again() {
    let (_folder, data) = data_folder();
    let key = "sk_test_first_pinned";
    Start::on(&data).variable("GUILDHALL_SECRET_KEY", key).start().stop();

    let server = Start::on(&data).start();

    assert_eq!(Api::new(server.base_url(), key).status_of_key().await, 200);
    assert_eq!(server.api().status_of_key().await, 200);
}

#[tokio::test]
async fn a_pinned_key_that_was_revoked_is_good_again_when_it_is_given_again() {
    let (_folder, data) = data_folder();
    let start = Start::on(&data).variable("GUILDHALL_SECRET_KEY", "sk_test_first_pinned");
    let server = start.start();
    let ids = "SELECT id FROM keys WHERE origin = 'pinned'";
    let id = database::rows(&database::open(&data), ids).concat().remove(0);
    let rusqlite::types::Value::Text(id) = id else { panic!("an id is text") };
    assert!(run(&data, &["keys", "revoke", &id, "--yes"]).status.success());
    assert_eq!(server.api().status_of_key().await, 401);
    server.stop();

    let server = start.start();

    assert_eq!(server.api().status_of_key().await, 200);
}

#[test]
fn a_newer_schema_stops_the_start_and_is_left_alone() {
    let (_folder, data) = data_folder();
    Start::on(&data).start().stop();
    let file = data.join("guildhall.db");
    let newer = "INSERT INTO migrations (version, works_with) VALUES (1000, 1000)";
    Connection::open(&file).unwrap().execute_batch(newer).unwrap();
    let before = fs::read(&file).unwrap();

    let output = Start::on(&data).fail();

    let line = only_line(&output);
    assert!(line.contains("schema version 1000"), "{line}");
    assert!(line.contains("use a newer guildhall"), "{line}");
    assert!(fs::read(&file).unwrap() == before, "the database was changed");
}

#[test]
fn a_folder_that_cannot_be_made_stops_the_start_in_one_line() {
    let (folder, _) = data_folder();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();

    let output = Start::on(&file.join("data")).fail();

    let line = only_line(&output);
    assert!(line.starts_with("error: `--data` (`GUILDHALL_DATA`): "), "{line}");
    assert!(line.contains("Not a directory"), "{line}");
}

#[test]
fn a_file_that_is_no_database_stops_the_start_and_is_left_alone() {
    let (_folder, data) = data_folder();
    fs::create_dir(&data).unwrap();
    let file = data.join("guildhall.db");
    let text = "a diary, and no database at all\n".repeat(1000);
    fs::write(&file, &text).unwrap();

    let output = Start::on(&data).fail();

    let line = only_line(&output);
    assert!(line.starts_with("error: `--data` (`GUILDHALL_DATA`): "), "{line}");
    assert!(line.contains("not a database"), "the cause is missing: {line}");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_start_that_fails_leaves_the_folder_to_the_next() {
    let (_folder, data) = data_folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&data, &["serve", "--bind", &address]);
    assert!(only_line(&output).contains(&address));

    let server = Start::on(&data).start();

    server.stop();
}
