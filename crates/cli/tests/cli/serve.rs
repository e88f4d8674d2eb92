//! `guildhall serve` at work.

use guildhall_sdk::ListUsers;
use insta::assert_snapshot;

use crate::command::{guildhall, redact, shown};
use crate::serving::Serving;

#[test]
fn the_start_prints_what_a_client_needs() {
    let serving = Serving::start();

    assert_snapshot!(redact(&serving.welcome), @r#"
    Guildhall 0.1.0 listens at http://127.0.0.1:[port]

    CLERK_SECRET_KEY=sk_test_[key]
    CLERK_API_URL=http://127.0.0.1:[port]
    # In Python the host includes the version: http://127.0.0.1:[port]/v1

    List the users:
    curl -H "Authorization: Bearer sk_test_[key]" http://127.0.0.1:[port]/v1/users
    "#);
}

#[tokio::test]
async fn the_printed_key_and_address_work() {
    let serving = Serving::start();

    let users = serving.client().users().list(&ListUsers::default()).await;

    assert_eq!(users.expect("the key is right"), []);
}

#[tokio::test]
async fn the_development_key_is_the_same_after_a_restart() {
    let mut first = Serving::start();
    first.signal("TERM");
    first.wait();

    let second = Serving::start_with(|command| {
        command.env("GUILDHALL_DATA", first.data());
    });

    assert_eq!(second.line("CLERK_SECRET_KEY"), first.line("CLERK_SECRET_KEY"));
}

#[tokio::test]
async fn a_key_of_the_environment_opens_the_first_instance() {
    let serving = Serving::start_with(|command| {
        command.env("GUILDHALL_SECRET_KEY", "sk_test_pinned_key");
    });

    assert_eq!(serving.line("CLERK_SECRET_KEY"), "sk_test_pinned_key");
    assert!(serving.client().users().list(&ListUsers::default()).await.is_ok());
}

#[tokio::test]
async fn a_production_key_of_a_file_works_and_is_not_printed() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("key");
    std::fs::write(&path, "sk_live_0123456789\n").expect("a file can be made");

    let serving = Serving::start_with(|command| {
        command.env("GUILDHALL_SECRET_KEY_FILE", &path);
    });

    let client = serving.client_with("sk_live_0123456789");
    assert!(client.users().list(&ListUsers::default()).await.is_ok());
    assert!(!serving.log().contains("sk_live_0"), "{}", serving.log());
    assert_snapshot!(redact(&serving.welcome), @r#"
    Guildhall 0.1.0 listens at http://127.0.0.1:[port]

    # The secret key is for production and not shown: set CLERK_SECRET_KEY to it.
    CLERK_API_URL=http://127.0.0.1:[port]
    # In Python the host includes the version: http://127.0.0.1:[port]/v1

    List the users:
    curl -H "Authorization: Bearer $CLERK_SECRET_KEY" http://127.0.0.1:[port]/v1/users
    "#);
}

#[tokio::test]
async fn the_public_url_is_the_one_that_clients_are_told() {
    let serving = Serving::start_with(|command| {
        command.args(["--public-url", "https://auth.example.com/"]);
    });

    assert_eq!(serving.url(), "https://auth.example.com");
}

#[test]
fn a_folder_has_one_server() {
    let serving = Serving::start();

    let output = serving.on_folder(&["serve", "--bind", "127.0.0.1:0"]);

    let shown = shown(&output).replace(&*serving.data().to_string_lossy(), "[data]");
    assert_snapshot!(shown, @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--data` (`GUILDHALL_DATA`): the data folder `[data]` is in use by another `guildhall serve`
    ");
}

#[tokio::test]
async fn requests_are_logged_as_lines_of_json() {
    let mut serving = Serving::start();
    serving.client().users().list(&ListUsers::default()).await.expect("it answers");

    serving.signal("TERM");
    serving.wait();
    let log = serving.log();

    let line: serde_json::Value =
        serde_json::from_str(log.lines().next().expect("there is a line")).expect("it is JSON");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["status"], 200);
    assert!(!log.contains("sk_test_"), "{log}");
}

#[tokio::test]
async fn the_log_can_be_turned_off() {
    let mut serving = Serving::start_with(|command| {
        command.env("GUILDHALL_LOG", "off");
    });

    serving.client().users().list(&ListUsers::default()).await.expect("it answers");
    serving.signal("TERM");
    serving.wait();

    assert_eq!(serving.log(), "");
}

#[test]
fn a_taken_address_stops_the_start_in_one_line() {
    let serving = Serving::start();
    let folder = tempfile::tempdir().expect("a folder can be made");
    let address = serving.url().replace("http://", "");

    let mut command = guildhall(&["serve", "--bind", &address, "--data"]);
    let output = command.arg(folder.path()).output().expect("the binary can be run");

    assert_snapshot!(shown(&output).replace(&address, "[address]"), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--bind` (`GUILDHALL_BIND`): cannot listen on `[address]`: Address already in use (os error 98)
    ");
}

/// A running server whose metrics are at `bind`.
fn with_metrics_at(bind: &str) -> Serving {
    Serving::start_with(|command| {
        command.env("GUILDHALL_METRICS_BIND", bind);
    })
}

#[tokio::test]
async fn metrics_are_read_where_the_log_says() {
    let serving = with_metrics_at("127.0.0.1:0");

    let log = serving.log();
    let (_, url) = log.split_once("metrics are read at ").expect("it is told");
    let url = url.split('"').next().expect("it is told");
    let text = reqwest::get(url).await.expect("it answers").text().await.expect("it is text");

    assert!(text.contains("\nguildhall_build_info{version=\"0.1.0\"} 1\n"), "{text}");
}

#[test]
fn a_taken_address_for_metrics_stops_the_start_where_it_was_asked_for() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let folder = tempfile::tempdir().expect("a folder can be made");

    let mut command = guildhall(&["serve", "--bind", "127.0.0.1:0"]);
    command.args(["--metrics-bind", &address, "--data"]).arg(folder.path());
    let output = command.output().expect("the binary can be run");

    assert_snapshot!(shown(&output).replace(&address, "[address]"), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--metrics-bind` (`GUILDHALL_METRICS_BIND`): cannot show metrics on `[address]`: Address already in use (os error 98)
    ");
}

#[tokio::test]
async fn a_taken_default_address_for_metrics_is_a_warning() {
    // Taken by this test, unless another process has it already.
    let _taken = std::net::TcpListener::bind("127.0.0.1:4601");

    let serving = Serving::start_with(|command| {
        command.env_remove("GUILDHALL_METRICS_BIND");
    });

    let log = serving.log();
    assert_eq!(log.lines().count(), 1, "{log}");
    let line: serde_json::Value = serde_json::from_str(&log).expect("it is JSON");
    assert_eq!(line["level"], "WARN");
    assert_eq!(
        line["message"],
        "metrics are not shown: cannot listen on `127.0.0.1:4601`: Address already in use (os \
         error 98); set `metrics_bind` to another address, or to `off`"
    );
    assert!(serving.client().users().list(&ListUsers::default()).await.is_ok());
}

#[tokio::test]
async fn the_log_names_the_client_that_a_trusted_proxy_tells_of() {
    let mut serving = Serving::start_with(|command| {
        command.args(["--trusted-proxies", "127.0.0.1, 10.0.0.0/8"]);
    });

    let request = reqwest::Client::new().get(format!("{}/healthz", serving.url()));
    let request = request.header("x-forwarded-for", "1.1.1.1, 2001:db8::9, 10.0.0.1");
    request.send().await.expect("it answers");
    serving.signal("TERM");
    serving.wait();

    let log = serving.log();
    let line = log.lines().next().expect("there is a line");
    let line: serde_json::Value = serde_json::from_str(line).expect("it is JSON");
    assert_eq!((&line["route"], &line["client"]), (&"/healthz".into(), &"2001:db8::9".into()));
}
