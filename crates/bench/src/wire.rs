//! HTTP/1.1 as the load needs it: requests made once, connections kept, every answer read whole.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How much is read at once.
const READ_BYTES: usize = 64 * 1024;

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Request(pub(crate) Vec<u8>);

impl Request {
    /// A request with the headers that every one has, `headers` and, where there is one, a JSON body.
    pub(crate) fn new(method: &str, path: &str, headers: &str, body: Option<&str>) -> Self {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n{headers}");
        if let Some(body) = body {
            let length = body.len();
            let described =
                format!("content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
            text.push_str(&described);
        } else {
            text.push_str("\r\n");
        }
        Self(text.into_bytes())
    }
}

/// An answer, read whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The head, in lower case.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// What a header says.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            (found == name).then(|| value.trim())
        })
    }

    /// The body as JSON, where the status is a good one.
    ///
    /// # Errors
    /// For another status, with the body, and where it is no JSON.
    pub(crate) fn json(&self) -> Result<serde_json::Value> {
        if !(200..300).contains(&self.status) {
            bail!("status {}: {}", self.status, String::from_utf8_lossy(&self.body));
        }
        serde_json::from_slice(&self.body).context("the answer is no JSON")
    }
}

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// The answer of the last request; its room is used again.
    pub(crate) answer: Answer,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Where nobody listens.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(READ_BYTES), answer: Answer::default() })
    }

    /// Sends a request and reads its answer into [`Connection::answer`].
    ///
    /// # Errors
    /// Where the connection fails or the answer has no end.
    pub(crate) async fn send(&mut self, request: &Request) -> Result<()> {
        self.stream.write_all(&request.0).await?;
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break self.buffer.drain(..end + 4).collect::<Vec<u8>>();
            }
            self.more().await?;
        };
        let head = String::from_utf8(head).context("the head of an answer is no text")?;
        self.answer.status = head
            .get(9..12)
            .and_then(|status| status.parse().ok())
            .with_context(|| format!("no status in `{head}`"))?;
        self.answer.head = head.to_ascii_lowercase();
        self.answer.body.clear();
        match self.answer.header("content-length").map(str::parse::<usize>) {
            Some(length) => self.take(length?).await,
            None if self.answer.header("transfer-encoding") == Some("chunked") => {
                self.take_chunks().await
            }
            None if self.answer.status == 204 => Ok(()),
            None => bail!("the answer does not say how long it is: {head}"),
        }
    }

    async fn take_chunks(&mut self) -> Result<()> {
        loop {
            let end = loop {
                match find(&self.buffer, b"\r\n") {
                    Some(end) => break end,
                    None => self.more().await?,
                }
            };
            let line: Vec<u8> = self.buffer.drain(..end + 2).collect();
            let line = String::from_utf8_lossy(&line);
            let length = usize::from_str_radix(line.trim(), 16).context("a chunk's length")?;
            self.take(length).await?;
            while self.buffer.len() < 2 {
                self.more().await?;
            }
            self.buffer.drain(..2);
            if length == 0 {
                return Ok(());
            }
        }
    }

    async fn take(&mut self, length: usize) -> Result<()> {
        while self.buffer.len() < length {
            self.more().await?;
        }
        self.answer.body.extend(self.buffer.drain(..length));
        Ok(())
    }

    async fn more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// A server and how it is asked.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// Header lines of every request, each with its line end.
    pub(crate) headers: String,
}

impl Target {
    /// A request without a body.
    pub(crate) fn get(&self, path: &str) -> Request {
        Request::new("GET", path, &self.headers, None)
    }

    /// A request with a body.
    pub(crate) fn with_body(&self, method: &str, path: &str, body: &str) -> Request {
        Request::new(method, path, &self.headers, Some(body))
    }

    /// Asks once, on a connection of its own.
    ///
    /// # Errors
    /// Where the connection fails.
    pub(crate) async fn ask(&self, request: &Request) -> Result<Answer> {
        let mut connection = Connection::open(self.address).await?;
        connection.send(request).await?;
        Ok(connection.answer)
    }

    /// Asks once and reads the JSON of a good answer.
    ///
    /// # Errors
    /// As [`Target::ask`], and for any other answer.
    pub(crate) async fn json(&self, request: &Request) -> Result<serde_json::Value> {
        let line = || {
            let text = String::from_utf8_lossy(&request.0);
            text.lines().next().unwrap_or_default().to_owned()
        };
        self.ask(request).await?.json().with_context(line)
    }
}
