//! How a server ends: what it was at is finished, and the database is whole without its log.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::{Client, Method};
use rusqlite::types::Value;
use serde_json::json;

use crate::api::Api;
use crate::database;
use crate::server::{Server, Start, data_folder};

const BODY: &[u8] = br#"{"username":"late"}"#;

/// A request whose body the server is waiting for.
fn request_at_work(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head = format!(
        "POST /v1/users HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        server.secret_key(),
        BODY.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

/// Waits until the server has taken the signal in: it then stops to listen.
fn await_shutdown(server: &Server) {
    while TcpStream::connect(server.address()).is_ok() {
        std::thread::yield_now();
    }
}

#[test]
fn a_request_whose_body_trickles_in_during_the_end_is_answered_and_kept() {
    let (_folder, data) = data_folder();
    let mut server = Start::on(&data).start();
    let mut stream = request_at_work(&server);
    stream.write_all(&BODY[..5]).unwrap();

    server.signal("TERM");
    await_shutdown(&server);
    for byte in &BODY[5..] {
        stream.write_all(&[*byte]).unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();

    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    let usernames = "SELECT value FROM identifiers WHERE kind = 'username'";
    let found = database::rows(&database::open(&data), usernames);
    assert_eq!(found, [[Value::Text("late".to_owned())]]);
}

#[tokio::test]
async fn the_database_file_alone_holds_everything_after_the_end() {
    let (folder, data) = data_folder();
    let server = Start::on(&data).start();
    let api = server.api();
    for number in 0..20 {
        api.user(json!({ "username": format!("user_{number}") })).await;
    }
    assert!(server.log_bytes() > 0);

    server.stop();

    let log = fs::metadata(data.join("guildhall.db-wal")).map_or(0, |file| file.len());
    assert_eq!(log, 0);
    let copy = folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    fs::copy(data.join("guildhall.db"), copy.join("guildhall.db")).unwrap();
    let server = Start::on(&copy).start();
    assert_eq!(Api::new(server.base_url(), api.secret_key()).users().await.len(), 20);
    database::check(&copy);
}

/// No connection takes a further request from then on, so that all see the same.
#[tokio::test]
async fn nobody_is_told_that_the_server_is_ready_once_it_is_to_end() {
    let (_folder, data) = data_folder();
    let mut server = Start::on(&data).start();
    let mut stream = request_at_work(&server);
    let kept_alive = server.api();
    let http2 = Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let http2 = Api::with_client(http2, server.base_url(), server.secret_key());
    for api in [&kept_alive, &http2] {
        assert_eq!(api.get("/readyz").await.status, 200);
    }

    server.signal("TERM");
    await_shutdown(&server);

    for api in [&kept_alive, &http2, &server.api()] {
        match api.send(api.request(Method::GET, "/readyz")).await {
            Ok(answer) => assert_eq!(answer.status, 503),
            Err(error) => assert!(error.is_connect() || error.is_request(), "{error:?}"),
        }
    }
    stream.write_all(BODY).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn a_second_signal_of_either_kind_ends_it_without_harm() {
    for (first, second) in [("TERM", "INT"), ("INT", "TERM")] {
        let (_folder, data) = data_folder();
        let mut server = Start::on(&data).start();
        let _stream = request_at_work(&server);

        server.signal(first);
        await_shutdown(&server);
        server.signal(second);

        assert_eq!(server.wait().0.code(), Some(2), "{first} {second}");
        Start::on(&data).start().stop();
        database::check(&data);
    }
}
