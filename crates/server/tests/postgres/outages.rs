//! A database that goes away under load and comes back.

use std::time::Duration;

use guildhall_server::{Server, Settings};
use guildhall_store::PostgresSettings;
use guildhall_testing::{TestDatabase, TestServer};

use crate::cluster::{Cluster, free_port};
use crate::load::{CLIENTS, Load, assert_there, readiness};
use crate::until;

/// How long a statement may run, and a connection may take.
const LIMIT: Duration = Duration::from_secs(1);
/// How long an answer may take at worst on a busy machine.
const ANSWER: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_or_restarted_costs_no_acknowledged_write() {
    let Some(mut cluster) = Cluster::make_or_skip("host all all 127.0.0.1/32 trust") else {
        return;
    };
    cluster.start().await;
    let mut settings = cluster.settings();
    (settings.statement_timeout, settings.connect_timeout) = (LIMIT, LIMIT);
    let server = TestServer::start_with(|all| all.postgres = Some(settings)).await;
    let load = Load::begin(&server);

    // A loss of power, an immediate shutdown, and `pg_ctl restart -m fast`.
    for signal in ["KILL", "QUIT", "INT"] {
        load.acknowledged(40).await;
        cluster.end(signal).await;
        until("it is not ready", async || readiness(&server).await == 503).await;
        load.refused(CLIENTS).await;
        cluster.start().await;
        until("it is ready", async || readiness(&server).await == 200).await;
        load.acknowledged(40).await;
    }

    let told = load.end().await;
    println!(
        "{} acknowledged, {} refused, slowest {:?}",
        told.acknowledged.len(),
        told.refused,
        told.slowest
    );
    assert!(told.slowest < ANSWER, "{:?}", told.slowest);
    assert_there(&server, &told.acknowledged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ended_connections_cost_few_refusals_and_no_acknowledged_write() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let name = format!("guildhall_{}", fastrand::u64(..));
    let url = format!("{}&application_name={name}", database.url());
    let settings = PostgresSettings::new(&url).expect("the URL is a good one");
    let server = TestServer::start_with(|all| all.postgres = Some(settings)).await;
    let client = database.connect().await;
    let load = Load::begin(&server);

    let mut ended = 0;
    for _ in 0..10 {
        load.acknowledged(20).await;
        let end =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
        ended += client.query(end, &[&name]).await.expect("connections can be ended").len();
    }
    load.acknowledged(20).await;

    let told = load.end().await;
    println!("{ended} ended, {} acknowledged, {} refused", told.acknowledged.len(), told.refused);
    assert!(ended >= 10);
    // Whoever is asking at that moment may be refused, and nobody after that.
    assert!(told.refused <= 10 * CLIENTS, "{} were refused", told.refused);
    assert_there(&server, &told.acknowledged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_refuses_connections_stops_the_start_in_one_line() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut settings = Settings::new(folder.path());
    let url = format!("postgres://ada:secret@127.0.0.1:{}/app", free_port());
    settings.postgres = Some(PostgresSettings::new(&url).expect("the URL is a good one"));

    let Err(error) = Server::start(settings).await else { panic!("it starts") };

    let line = error.to_string();
    assert!(line.starts_with("the database cannot be opened: "), "{line}");
    assert!(line.contains("Connection refused"), "{line}");
    assert!(!line.contains("secret") && !line.contains('\n'), "{line}");
}
