//! How `guildhall serve` ends.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::serving::Serving;

/// A request whose body the server is waiting for.
fn request_at_work(serving: &Serving) -> TcpStream {
    let address = serving.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).expect("the server listens");
    let head = format!(
        "POST /v1/users HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
        serving.line("CLERK_SECRET_KEY")
    );
    stream.write_all(head.as_bytes()).expect("the server reads");
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).expect("the server asks for the body");
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

/// Waits until the server has taken the first signal in: it then stops to listen.
fn await_shutdown(serving: &Serving) {
    let address = serving.url().replace("http://", "");
    while TcpStream::connect(&address).is_ok() {
        std::thread::yield_now();
    }
}

#[test]
fn sigterm_ends_it_with_0() {
    let mut serving = Serving::start();

    serving.signal("TERM");

    assert_eq!(serving.wait().code(), Some(0));
}

#[test]
fn sigint_ends_it_with_0() {
    let mut serving = Serving::start();

    serving.signal("INT");

    assert_eq!(serving.wait().code(), Some(0));
}

#[test]
fn a_request_at_work_is_finished_first() {
    let mut serving = Serving::start();
    let mut stream = request_at_work(&serving);

    serving.signal("TERM");
    await_shutdown(&serving);
    stream.write_all(b"{}").expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server answers");

    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(serving.wait().code(), Some(0));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut serving = Serving::start();
    let _stream = request_at_work(&serving);

    serving.signal("TERM");
    await_shutdown(&serving);
    serving.signal("TERM");

    assert_eq!(serving.wait().code(), Some(2));
}
