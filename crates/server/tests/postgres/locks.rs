//! What another session holds or changes.

use std::time::{Duration, Instant};

use guildhall_store::{Database, Migrate, PostgresSettings};
use guildhall_testing::{TestDatabase, TestServer};
use serde_json::json;

use crate::load::{assert_come_back_later, readiness};
use crate::until;

/// How long a statement waits for a lock.
const LOCK: Duration = Duration::from_millis(300);

async fn server_on(database: &TestDatabase) -> TestServer {
    let settings = PostgresSettings { lock_timeout: LOCK, ..database.settings() };
    TestServer::start_with(|all| all.postgres = Some(settings)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_another_session_holds_for_long_refuses_only_who_needs_it() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let server = server_on(&database).await;
    let http = server.http();
    let (organization, _) = http.organization_with_admin().await;
    let path = format!("/v1/organizations/{organization}");
    let other = server.another_instance().await;
    let holder = database.connect().await;
    holder.batch_execute("BEGIN; SELECT 1 FROM organizations FOR UPDATE").await.expect("a lock");

    let asked = Instant::now();
    let refused = http.patch(&path, json!({ "name": "Renamed" })).await;

    assert_come_back_later(&refused);
    assert!(asked.elapsed() >= LOCK);
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert_eq!(readiness(&server).await, 200);
    assert_eq!(http.get(&path).await.ok()["name"], "Acme");
    other.anybody().await;
    holder.batch_execute("ROLLBACK").await.expect("it is let go");
    assert_eq!(http.patch(&path, json!({ "name": "Renamed" })).await.ok()["name"], "Renamed");
    server.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_changes_its_type_is_read_and_written_all_the_same() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let server = server_on(&database).await;
    let http = server.http();
    let organization = http.organization(json!({ "name": "Acme" })).await;
    let path = format!("/v1/organizations/{organization}");
    let merge = json!({ "public_metadata": { "a": 1 } });
    http.get(&path).await.ok();
    http.patch(&format!("{path}/metadata"), merge.clone()).await.ok();

    let change = "ALTER TABLE organizations ALTER private_metadata TYPE varchar";
    database.connect().await.batch_execute(change).await.expect("the type can be changed");

    // One connection may find out by a request; none may go on failing.
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(http.get(&path).await.status);
        statuses.push(http.patch(&format!("{path}/metadata"), merge.clone()).await.status);
    }
    let refused = statuses.iter().filter(|status| **status != 200).count();
    assert!(refused <= 1, "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_waits_for_another_one_that_changes_the_schema() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let holder = database.connect().await;
    let lock = "SELECT pg_advisory_lock(4600460046002)";
    holder.batch_execute(lock).await.expect("the lock is had");
    let settings = PostgresSettings { lock_timeout: LOCK, ..database.settings() };

    let starting = tokio::spawn(async move {
        guildhall_store::migrate(&Database::from(settings), Migrate::default()).await
    });
    let waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    until("somebody waits", async || {
        !holder.query(waiting, &[]).await.expect("locks can be read").is_empty()
    })
    .await;
    tokio::time::sleep(3 * LOCK).await;

    assert!(!starting.is_finished());
    holder.batch_execute("SELECT pg_advisory_unlock_all()").await.expect("it is let go");
    starting.await.expect("no panic").expect("the schema is made");
}
