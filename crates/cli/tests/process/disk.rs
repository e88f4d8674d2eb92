//! A disk that takes no more writes while the server runs, and takes them again.
//!
//! A limit on the size of files makes writes fail as a full disk would. Where `prlimit` can raise
//! the limit of the running server, its recovery is tested as well.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::api::{Answer, Api};
use crate::database;
use crate::server::{Server, Start, data_folder, only_line, until};

/// Blocks that the schema fits in and the log does not grow beyond; below the size from which on
/// the log is moved.
const BLOCKS: u32 = 3000;

/// What became of the users that were to be made, by username.
#[derive(Default)]
struct Told {
    acknowledged: Vec<String>,
    refused: Vec<String>,
}

impl Told {
    /// Tries to make one more user.
    async fn write(&mut self, api: &Api) -> Answer {
        let username = format!("user_{}", self.acknowledged.len() + self.refused.len());
        let metadata = json!({ "padding": "x".repeat(4000) });
        let fields = json!({ "username": username, "public_metadata": metadata });
        let answer = api.post("/v1/users", &fields).await;
        let told = if answer.status == 200 { &mut self.acknowledged } else { &mut self.refused };
        told.push(username);
        answer
    }

    /// Writes until a write is refused.
    async fn fill(&mut self, api: &Api) -> Answer {
        loop {
            let answer = self.write(api).await;
            if answer.status != 200 {
                return answer;
            }
        }
    }

    /// Asserts that there is what was acknowledged and nothing else.
    async fn check(&self, api: &Api, data: &Path) {
        let users = api.users().await;
        let usernames: Vec<_> = users.iter().filter_map(|user| user["username"].as_str()).collect();
        assert_eq!(usernames, self.acknowledged);
        for refused in &self.refused {
            let found = api.get(&format!("/v1/users?username={refused}")).await.ok();
            assert_eq!(found, json!([]), "{refused} was refused and is there");
        }
        database::check(data);
    }
}

fn start_short_of_disk(data: &Path) -> Server {
    Start::on(data).file_limit(BLOCKS).start()
}

#[tokio::test]
async fn a_full_disk_is_told_and_reads_go_on() {
    let (_folder, data) = data_folder();
    let server = start_short_of_disk(&data);
    let api = server.api();
    let mut told = Told::default();

    let refused = told.fill(&api).await;

    assert_eq!((refused.status, refused.code()), (503, "service_unavailable"));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    assert_eq!(refused.header("content-type"), "application/json");
    let text = refused.body.to_string();
    assert!(!text.contains("disk") && !text.contains("SQL"), "it says something internal: {text}");
    assert!(told.acknowledged.len() > 10);
    told.check(&api, &data).await;
    assert_eq!(api.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn the_server_is_not_ready_while_the_disk_is_full() {
    let (_folder, data) = data_folder();
    let server = start_short_of_disk(&data);
    let api = server.api();
    let mut told = Told::default();
    assert_eq!(api.get("/readyz").await.status, 200);

    // The server tries now and then by itself, and one small write may still fit in.
    let unready = until("the server is not ready", async || {
        told.fill(&api).await;
        Some(api.get("/readyz").await).filter(|answer| answer.status != 200)
    });
    let unready = unready.await;

    assert_eq!((unready.status, unready.code()), (503, "service_unavailable"));
    assert!(unready.header("retry-after").parse::<u32>().unwrap() > 0);
}

#[tokio::test]
async fn what_a_full_disk_refused_is_not_there_after_a_kill() {
    let (_folder, data) = data_folder();
    let mut server = start_short_of_disk(&data);
    let api = server.api();
    let mut told = Told::default();
    told.fill(&api).await;
    for _ in 0..4 {
        told.write(&api).await;
    }

    server.kill();
    let server = Start::on(&data).start();

    told.check(&server.api(), &data).await;
    assert_eq!(told.write(&server.api()).await.status, 200);
}

#[tokio::test]
async fn the_server_recovers_by_itself_once_the_disk_takes_writes() {
    if !has_prlimit() {
        return;
    }
    let (_folder, data) = data_folder();
    let mut server = start_short_of_disk(&data);
    let api = server.api();
    let mut told = Told::default();
    told.fill(&api).await;

    let limit = "--fsize=unlimited:".to_owned();
    let id = server.id().to_string();
    assert!(Command::new("prlimit").args(["--pid", &id, &limit]).status().unwrap().success());

    until("the server is ready", async || (api.get("/readyz").await.status == 200).then_some(()))
        .await;
    for _ in 0..20 {
        told.write(&api).await.ok();
    }
    told.check(&api, &data).await;
    server.kill();
    let server = Start::on(&data).start();
    told.check(&server.api(), &data).await;
}

#[tokio::test]
async fn a_server_with_a_full_disk_still_ends_well() {
    let (_folder, data) = data_folder();
    let server = start_short_of_disk(&data);
    let mut told = Told::default();
    told.fill(&server.api()).await;

    server.stop();

    let server = Start::on(&data).start();
    told.check(&server.api(), &data).await;
}

#[test]
fn a_disk_that_is_full_at_the_start_is_told_in_one_line() {
    let (_folder, data) = data_folder();

    let output = Start::on(&data).file_limit(8).fail();

    let line = only_line(&output);
    assert!(line.starts_with("error: `--data` (`GUILDHALL_DATA`): "), "{line}");
    assert!(line.contains("disk"), "the cause is missing: {line}");
}

/// Tells whether the limit of a running process can be raised; on CI it must be.
fn has_prlimit() -> bool {
    let found = Command::new("prlimit").arg("--version").output().is_ok();
    let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(found || !is_ci, "`prlimit` of util-linux is missing, and CI must run this test");
    if !found {
        println!("skipped: `prlimit` of util-linux is missing");
    }
    found
}
