//! PgBouncer between servers and PostgreSQL, which gives each transaction another session.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use guildhall_store::PostgresSettings;
use guildhall_testing::{TestDatabase, TestServer};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::cluster::{as_user, free_port, give};
use crate::{skip, until};

/// PgBouncer in transaction mode; it ends when it is dropped.
struct Pooler {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Pooler {
    async fn before(database: &TestDatabase) -> Option<Self> {
        let programs = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];
        let Some(program) = programs.into_iter().map(Path::new).find(|path| path.exists()) else {
            return skip("there is no `pgbouncer`");
        };
        let config: tokio_postgres::Config = database.url().parse().expect("the URL is a good one");
        let Some(tokio_postgres::config::Host::Tcp(host)) = config.get_hosts().first() else {
            panic!("the URL of the tests names no host");
        };
        let password = config.get_password().map(String::from_utf8_lossy);
        let password = password.map(|it| format!("password='{it}'")).unwrap_or_default();
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (file, port) = (folder.path().join("pgbouncer.ini"), free_port());
        let text = format!(
            "[databases]
             pooled = host={host} port={} dbname={} user={} {password} \
             connect_query='SET search_path TO {}, public'
             [pgbouncer]
             listen_addr = 127.0.0.1
             listen_port = {port}
             unix_socket_dir =
             auth_type = any
             pool_mode = transaction
             default_pool_size = 4
             max_client_conn = 200\n",
            config.get_ports().first().unwrap_or(&5432),
            config.get_dbname().unwrap_or("postgres"),
            config.get_user().unwrap_or("postgres"),
            schema_of(database).await,
        );
        let text: Vec<&str> = text.lines().map(str::trim_start).collect();
        std::fs::write(&file, text.join("\n") + "\n").expect("it can be written");
        give(folder.path());
        give(&file);
        let mut command = as_user(program);
        command.arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("pgbouncer runs");
        let pooler = Self { process, port, _folder: folder };
        until("pgbouncer listens", async || TcpStream::connect(("127.0.0.1", port)).await.is_ok())
            .await;
        Some(pooler)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let kill = format!("kill -TERM {}", self.process.id());
        let _ = Command::new("sh").args(["-c", &kill]).status();
        let _ = self.process.wait();
    }
}

async fn schema_of(database: &TestDatabase) -> String {
    let client = database.connect().await;
    let schema = client.query_one("SELECT current_schema()::text", &[]).await;
    schema.expect("there is a schema").get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_behind_a_pooler_carry_out_every_operation_and_lose_none() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let Some(pooler) = Pooler::before(&database).await else { return };
    let url = format!("postgres://pooled@127.0.0.1:{}/pooled?pgbouncer=true", pooler.port);
    let settings = PostgresSettings::new(&url).expect("the URL is a good one");
    let first = TestServer::start_with(|all| all.postgres = Some(settings)).await;
    let servers = [&first, &first.another().await, &first.another().await];
    let http = first.http().in_turns(servers);
    let (organization, admin) = http.organization_with_admin().await;
    let user = http.anybody().await;
    let path = format!("/v1/organizations/{organization}/memberships");
    let member = format!("{path}/{user}");

    http.join(&organization, &user, "org:member").await;
    let changed = http.patch(&member, json!({ "role": "org:admin" })).await.ok();
    let merge = json!({ "public_metadata": { "a": 1 } });
    let merged = http.patch(&format!("{member}/metadata"), merge).await.ok();
    let listed = http.get(&path).await.ok();
    let deleted = http.delete(&format!("{path}/{admin}")).await.ok();

    assert_eq!(changed["role"], "org:admin");
    assert_eq!(merged["public_metadata"], json!({ "a": 1 }));
    assert_eq!(listed["total_count"], 2);
    assert_eq!(deleted["public_user_data"]["user_id"], admin);

    let mut calls = tokio::task::JoinSet::new();
    for call in 0..100 {
        let (http, path, member) = (http.reconnected(), path.clone(), member.clone());
        let newcomer = json!({ "user_id": admin, "role": "org:member" });
        calls.spawn(async move {
            match call % 2 {
                0 => http.post(&path, newcomer).await,
                _ => {
                    let body = json!({ "public_metadata": { format!("key{call}"): call } });
                    http.patch(&format!("{member}/metadata"), body).await
                }
            }
        });
    }
    let answers = calls.join_all().await;

    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(200), count(400)), (51, 49));
    let after = http.get(&path).await.ok();
    assert_eq!(after["total_count"], 2);
    let metadata =
        after["data"].as_array().expect("a list").iter().map(|it| &it["public_metadata"]);
    assert_eq!(metadata.filter_map(|it| it.as_object()).map(|it| it.len()).max(), Some(51));
    first.check().await;
}
