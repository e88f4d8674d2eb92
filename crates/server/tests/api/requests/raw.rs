//! HTTP/1.1 byte for byte, for what a client library would put right before sending it.

use guildhall_testing::TestServer;
use guildhall_testing::contract::Contract;
use guildhall_types::ApiVersion;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer as it came over the wire.
pub(super) struct RawAnswer {
    pub(super) status: u16,
    /// The header lines, in lower case.
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl RawAnswer {
    /// The code of the first error.
    pub(super) fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).expect("a JSON body");
        body["errors"][0]["code"].as_str().expect("an error with a code").to_owned()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
    }
}

/// Sends a request line with the server's key, more header lines and a body; reads the answer,
/// which must keep the contract.
pub(super) async fn send(
    server: &TestServer,
    method_and_path: &str,
    headers: &str,
    body: &[u8],
) -> RawAnswer {
    let authority = server.base_url().strip_prefix("http://").expect("plain HTTP");
    let key = server.secret_key();
    let mut request = format!(
        "{method_and_path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {key}\r\n\
         Connection: close\r\n{headers}\r\n"
    )
    .into_bytes();
    request.extend_from_slice(body);
    let mut stream = TcpStream::connect(authority).await.expect("the server listens");
    stream.write_all(&request).await.expect("the server reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("the server answers");

    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("a head of text").to_lowercase();
    let status = head[9..12].parse().expect("a status");
    let answer = RawAnswer { status, head, body: bytes[end + 4..].to_vec() };
    check(method_and_path, &answer);
    answer
}

fn check(method_and_path: &str, answer: &RawAnswer) {
    if answer.header("content-encoding").is_some() || answer.header("content-length").is_none() {
        return;
    }
    let (method, path) = method_and_path.split_once(' ').expect("a method and a path");
    let body = String::from_utf8_lossy(&answer.body);
    let content_type = answer.header("content-type");
    let contract = Contract::of(ApiVersion::default());
    let kept = contract.check(method, path, answer.status, content_type, &body);
    kept.unwrap_or_else(|fault| panic!("{method_and_path}: {fault}"));
}
