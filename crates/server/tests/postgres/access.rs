//! Who lets whom in: passwords that change, and certificates.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use guildhall_store::{Database, OpenError, Options, PostgresSettings, Store};
use guildhall_testing::TestServer;

use crate::cluster::{Cluster, give};
use crate::load::{assert_come_back_later, readiness};
use crate::{skip, until};

/// Who may come in how.
const RULES: &str = "hostssl all ada localhost cert clientcert=verify-full
hostssl all all 127.0.0.1/32 scram-sha-256
hostssl all all ::1/128 scram-sha-256
hostnossl all grace 127.0.0.1/32 scram-sha-256";

async fn open(url: &str) -> Result<Store, OpenError> {
    let mut settings = PostgresSettings::new(url)?;
    settings.connect_timeout = Duration::from_secs(5);
    Store::open_beside(&Database::from(settings), Options::default()).await
}

fn run_openssl(folder: &Path, arguments: &str) {
    let mut openssl = Command::new("openssl");
    openssl.args(arguments.split(' ')).current_dir(folder);
    let output = openssl.output().expect("openssl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Makes an authority, and what it signs: for the host `localhost`, and for the client `ada`.
fn make_certificates(folder: &Path) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for authority in ["authority", "stranger"] {
        run_openssl(
            folder,
            &format!(
                "req -x509 {key} -days 2 -subj /CN={authority} -keyout {authority}.key -out {authority}.crt"
            ),
        );
    }
    for (name, host) in [("server", "DNS:localhost"), ("ada", "DNS:ada.example")] {
        let subject = if name == "ada" { "/CN=ada" } else { "/CN=localhost" };
        run_openssl(
            folder,
            &format!("req {key} -subj {subject} -keyout {name}.key -out {name}.csr"),
        );
        std::fs::write(folder.join("names"), format!("subjectAltName={host}\n")).expect("written");
        run_openssl(
            folder,
            &format!(
                "x509 -req -days 2 -in {name}.csr -CA authority.crt -CAkey authority.key \
                 -CAcreateserial -extfile names -out {name}.crt"
            ),
        );
    }
    give(&folder.join("server.key"));
}

/// A cluster that speaks TLS and knows `grace`, who has a password, and `ada`, who has a certificate.
async fn guarded() -> Option<Cluster> {
    if Command::new("openssl").arg("version").output().is_err() {
        return skip("there is no `openssl`");
    }
    let mut cluster = Cluster::make_or_skip(RULES)?;
    make_certificates(cluster.folder());
    let file = |name: &str| cluster.folder().join(name).display().to_string();
    let options = [
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", file("server.crt")),
        format!("ssl_key_file={}", file("server.key")),
        format!("ssl_ca_file={}", file("authority.crt")),
    ];
    cluster.set(&options.each_ref().map(String::as_str));
    cluster.start().await;
    let roles = "CREATE ROLE grace LOGIN SUPERUSER PASSWORD 'first';
                 CREATE ROLE ada LOGIN SUPERUSER";
    let client = cluster.connect().await.expect("its owner is let in");
    client.batch_execute(roles).await.expect("roles can be made");
    Some(cluster)
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_looked_at_as_the_mode_says() {
    let Some(cluster) = guarded().await else { return };
    let file = |name: &str| cluster.folder().join(name).display().to_string();
    let (authority, stranger) = (file("authority.crt"), file("stranger.crt"));
    let grace = |host: &str, parameters: &str| cluster.url("grace:first", host, parameters);

    let good = [
        grace("127.0.0.1", "sslmode=disable"),
        grace("127.0.0.1", "sslmode=prefer"),
        grace("127.0.0.1", "sslmode=require"),
        grace("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={authority}")),
        grace("localhost", &format!("sslmode=verify-full&sslrootcert={authority}")),
        grace(
            "localhost",
            &format!("sslmode=require&sslrootcert={authority}&channel_binding=require"),
        ),
    ];
    for url in good {
        open(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    let bad = [
        (
            grace("127.0.0.1", &format!("sslmode=verify-full&sslrootcert={authority}")),
            "certificate",
        ),
        (grace("localhost", &format!("sslmode=verify-full&sslrootcert={stranger}")), "certificate"),
        (grace("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={stranger}")), "certificate"),
        (grace("127.0.0.1", &format!("sslmode=require&sslrootcert={stranger}")), "certificate"),
        (
            cluster.url("grace:wrong", "localhost", "sslmode=require"),
            "password authentication failed",
        ),
    ];
    for (url, named) in bad {
        let Err(error) = open(&url).await else { panic!("{url}: it is let in") };
        let line = error.to_string();
        assert!(line.contains(named), "{url}: {line}");
        assert!(!line.contains("first") && !line.contains('\n'), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_let_in_by_its_certificate() {
    let Some(cluster) = guarded().await else { return };
    let file = |name: &str| cluster.folder().join(name).display().to_string();
    let trust = format!("sslmode=verify-full&sslrootcert={}", file("authority.crt"));
    let with = format!("{trust}&sslcert={}&sslkey={}", file("ada.crt"), file("ada.key"));

    let known = open(&cluster.url("ada", "localhost", &with)).await;
    let unknown = open(&cluster.url("ada", "localhost", &trust)).await;

    known.expect("ada is let in");
    let Err(error) = unknown else { panic!("somebody without a certificate is let in") };
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_changes_is_read_from_its_file() {
    let Some(cluster) = guarded().await else { return };
    let password_file = cluster.folder().join("password");
    std::fs::write(&password_file, "first\n").expect("it can be written");
    let url = cluster.url("grace", "127.0.0.1", "");
    let mut settings = PostgresSettings::new(&url).expect("the URL is a good one");
    settings.password_file = Some(password_file.clone());
    let server = TestServer::start_with(|all| all.postgres = Some(settings)).await;
    let http = server.http();
    http.anybody().await;
    let owner = cluster.connect().await.expect("its owner is let in");
    let change = "ALTER ROLE grace PASSWORD 'second';
                  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'grace'";

    owner.batch_execute(change).await.expect("it can be changed");
    let end = "SELECT 1 FROM pg_stat_activity WHERE usename = 'grace'";
    until("its connections have ended", async || {
        owner.query(end, &[]).await.expect("they can be read").is_empty()
    })
    .await;
    let refused = http.get("/v1/users/count").await;
    std::fs::write(&password_file, "second\n").expect("it can be written");

    assert_come_back_later(&refused);
    until("it is ready", async || readiness(&server).await == 200).await;
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 1);
    http.anybody().await;
}
