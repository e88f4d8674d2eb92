//! A server on loopback that records requests and answers each in the same scripted way.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use crate::command::guildhall;

/// Answers as long as the test runs.
pub(crate) struct Loopback {
    port: u16,
    heads: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Loopback {
    /// Answers every request with these bytes of HTTP; none closes the connection.
    pub(crate) fn answering(answer: &str) -> Self {
        Self::answering_times(usize::MAX, answer)
    }

    /// Answers the first request with JSON and lets all others wait.
    pub(crate) fn json_once(body: &str) -> Self {
        Self::answering_times(1, &http(200, "application/json", body))
    }

    fn answering_times(times: usize, answer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&heads), answer.to_owned());
        std::thread::spawn(move || {
            let mut waiting = Vec::new();
            for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                let head = read(&stream);
                seen.lock().expect("no reader panics").push(head);
                if number >= times {
                    waiting.push(stream);
                    continue;
                }
                // The client may have gone away, which some tests want.
                let _ = (&stream).write_all(answer.as_bytes());
            }
        });
        Self { port, heads }
    }

    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::with_type(status, "application/json", body)
    }

    pub(crate) fn with_type(status: u16, content_type: &str, body: &str) -> Self {
        Self::answering(&http(status, content_type, body))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A command against this server.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = guildhall(arguments);
        command.env("CLERK_API_URL", self.url()).env("CLERK_SECRET_KEY", "sk_test_scripted");
        command
    }

    pub(crate) fn call(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary can be run")
    }

    pub(crate) fn members(&self, arguments: &[&str]) -> Output {
        self.call(&[&["members"], arguments].concat())
    }

    /// Method, path and query of each request, as they came.
    pub(crate) fn targets(&self) -> Vec<String> {
        let target = |head: &Vec<String>| {
            let start: Vec<_> = head.first().map_or(Vec::new(), |line| line.split(' ').collect());
            start[..start.len().min(2)].join(" ")
        };
        self.heads().iter().map(target).collect()
    }

    /// The lines of the head of each request, as they came.
    pub(crate) fn heads(&self) -> Vec<Vec<String>> {
        self.heads.lock().expect("no reader panics").clone()
    }
}

fn http(status: u16, content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Scripted\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
         X-Clerk-Trace-Id: trace-of-the-header\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn read(stream: &TcpStream) -> Vec<String> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a head is ASCII");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = value.trim().parse().expect("a length is a number");
        }
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim_end().to_owned());
    }
    reader.read_exact(&mut vec![0; length]).expect("the body is as long as it says");
    head
}
