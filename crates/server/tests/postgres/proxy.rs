//! A network between a server and PostgreSQL, which can fail.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use guildhall_store::PostgresSettings;
use guildhall_testing::TestDatabase;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Forwards connections to PostgreSQL.
pub(crate) struct Proxy {
    address: SocketAddr,
    wires: Arc<Wires>,
}

#[derive(Default)]
struct Wires {
    /// Connections older than this are silent: what is sent on them arrives nowhere.
    silent_before: AtomicUsize,
    /// Whether new ones are silent too.
    silent: AtomicBool,
    made: AtomicUsize,
    /// A connection that sent this is cut at its next COMMIT, when the answer to that is there.
    cut_after: Mutex<Option<Vec<u8>>>,
    cuts: AtomicUsize,
}

impl Proxy {
    /// A proxy in front of a database.
    pub(crate) async fn before(database: &TestDatabase) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (wires, target) = (Arc::new(Wires::default()), host_of(database));
        let proxy = Self { address, wires: Arc::clone(&wires) };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(Arc::clone(&wires), client, target.clone()));
            }
        });
        proxy
    }

    /// How a server reaches the database by way of it, in clear, so that it can read along.
    pub(crate) fn settings(&self, database: &TestDatabase) -> PostgresSettings {
        let url = database.url().replacen(&host_of(database), &self.address.to_string(), 1);
        let url = format!("{url}&sslmode=disable");
        PostgresSettings::new(&url).expect("the URL is a good one")
    }

    /// Connections that are there arrive nowhere from now on; new ones do.
    pub(crate) fn silence_old(&self) {
        self.wires.silent_before.store(self.wires.made.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// No connection arrives anywhere, or new ones do again.
    pub(crate) fn silence(&self, silent: bool) {
        self.silence_old();
        self.wires.silent.store(silent, Ordering::SeqCst);
    }

    /// Cuts the connection that sends `marker` when its COMMIT is done and before that is told.
    pub(crate) fn cut_after(&self, marker: &str) {
        let mut cut_after = self.wires.cut_after.lock().unwrap_or_else(PoisonError::into_inner);
        *cut_after = Some(marker.as_bytes().to_vec());
    }

    /// How many connections were cut.
    pub(crate) fn cuts(&self) -> usize {
        self.wires.cuts.load(Ordering::SeqCst)
    }
}

impl Wires {
    fn is_silent(&self, number: usize) -> bool {
        let is_old = number < self.silent_before.load(Ordering::SeqCst);
        is_old || self.silent.load(Ordering::SeqCst)
    }

    fn is_marked(&self, sent: &[u8]) -> bool {
        let cut_after = self.cut_after.lock().unwrap_or_else(PoisonError::into_inner);
        cut_after.as_ref().is_some_and(|marker| contains(sent, marker))
    }
}

async fn carry(wires: Arc<Wires>, mut client: TcpStream, target: String) {
    let number = wires.made.fetch_add(1, Ordering::SeqCst);
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut is_marked = false;
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(bytes @ 1..) = read else { return };
                let sent = &up[..bytes];
                if wires.is_silent(number) {
                    continue;
                }
                is_marked |= wires.is_marked(sent);
                if server.write_all(sent).await.is_err() {
                    return;
                }
                if is_marked && contains(sent, b"COMMIT\0") {
                    // The answer is there, so the commit is done; nobody is told.
                    let _ = server.read(&mut down).await;
                    wires.cuts.fetch_add(1, Ordering::SeqCst);
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(bytes @ 1..) = read else { return };
                if !wires.is_silent(number) && client.write_all(&down[..bytes]).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The host and port of a database, as its URL has them.
pub(crate) fn host_of(database: &TestDatabase) -> String {
    let url = database.url();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.contains(':') {
        true => host.to_owned(),
        false => panic!("the URL of the tests names no port: {host}"),
    }
}
