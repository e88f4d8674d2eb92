//! A network that fails between a server and its database.

use std::time::{Duration, Instant};

use guildhall_store::{Database, Options, PostgresSettings, Store};
use guildhall_testing::{TestDatabase, TestServer};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};

use crate::load::{assert_come_back_later, readiness};
use crate::proxy::{Proxy, host_of};
use crate::until;

/// How long a statement may run, and a connection may take.
const LIMIT: Duration = Duration::from_millis(500);
/// How long an answer may take where the network is silent: a statement and its grace, once for the
/// place among the connections and once for the answer, and a connection.
const SILENCE: Duration = Duration::from_secs(9);

async fn server_behind(proxy: &Proxy, database: &TestDatabase) -> TestServer {
    let settings = PostgresSettings {
        statement_timeout: LIMIT,
        connect_timeout: LIMIT,
        ..proxy.settings(database)
    };
    TestServer::start_with(|all| all.postgres = Some(settings)).await
}

/// Makes a server have as many connections as it may.
async fn warm_up(server: &TestServer) {
    let http = server.http();
    let mut reading = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let http = http.clone();
        reading.spawn(async move { http.get("/v1/users/count").await.ok() });
    }
    reading.join_all().await;
    http.anybody().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_network_is_answered_in_time_and_forgotten_when_it_is_over() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let proxy = Proxy::before(&database).await;
    let server = server_behind(&proxy, &database).await;
    warm_up(&server).await;

    proxy.silence(true);
    let asked = Instant::now();
    let mut asking = tokio::task::JoinSet::new();
    for call in 0..20 {
        let http = server.http();
        asking.spawn(async move {
            match call % 2 {
                0 => http.get("/v1/users").await,
                _ => http.post("/v1/users", json!({})).await,
            }
        });
    }
    let unready = readiness(&server).await;
    let unready_after = asked.elapsed();
    let answers = asking.join_all().await;

    println!("not ready after {unready_after:?}, all answered after {:?}", asked.elapsed());
    answers.iter().for_each(assert_come_back_later);
    assert!(asked.elapsed() < SILENCE, "{:?}", asked.elapsed());
    assert_eq!(unready, 503);
    proxy.silence(false);
    until("it is ready", async || readiness(&server).await == 200).await;
    warm_up(&server).await;
    server.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_connections_that_lead_nowhere_are_found_out_by_one_request() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let proxy = Proxy::before(&database).await;
    let server = server_behind(&proxy, &database).await;
    let http = server.http();
    warm_up(&server).await;

    proxy.silence_old();
    let first = http.get("/v1/users/count").await;
    let asked = Instant::now();
    let second = http.get("/v1/users/count").await;

    assert_come_back_later(&first);
    assert_eq!(second.status, 200);
    assert!(asked.elapsed() < LIMIT * 4, "{:?}", asked.elapsed());
    // A write has connections of its own, and tries another one by itself.
    assert_eq!(http.post("/v1/users", json!({})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_refused_and_not_repeated() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let proxy = Proxy::before(&database).await;
    let server = server_behind(&proxy, &database).await;
    let http = server.http();
    warm_up(&server).await;

    proxy.cut_after("Neither here nor there");
    let lost = http.post("/v1/organizations", json!({ "name": "Neither here nor there" })).await;

    assert_come_back_later(&lost);
    assert_eq!(proxy.cuts(), 1);
    until("it is ready", async || readiness(&server).await == 200).await;
    http.organization(json!({ "name": "The next" })).await;
    let all = http.get("/v1/organizations").await.ok();
    assert_eq!(all["total_count"], 2);
    let names: Vec<_> =
        all["data"].as_array().expect("a list").iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["The next", "Neither here nor there"]);
    server.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_silent_leaves_the_next_its_time() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    // With its backlog full, a socket answers no more than a machine that is off.
    let socket = TcpSocket::new_v4().expect("a socket can be made");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let silent = socket.listen(1).expect("it can listen");
    let address = silent.local_addr().expect("it is bound");
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(LIMIT, TcpStream::connect(address)).await {
        waiting.push(stream);
    }
    let good = host_of(&database);
    let url = database.url().replacen(&good, &format!("{address},{good}"), 1);
    let mut settings = PostgresSettings::new(&url).expect("the URL is a good one");
    settings.connect_timeout = Duration::from_secs(1);

    let opened = Store::open_beside(&Database::from(settings), Options::default()).await;

    opened.expect("the second host is reached");
}
