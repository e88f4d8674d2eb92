//! Clients that write and read without pause, and remember what they were told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use guildhall_testing::{Answer, Http, TestServer};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::until;

/// How many clients there are.
pub(crate) const CLIENTS: usize = 8;
/// How long a client waits that was told to come back later.
const PAUSE: Duration = Duration::from_millis(20);

/// Clients at work.
pub(crate) struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<Vec<String>>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
    slowest_milliseconds: AtomicUsize,
}

/// What clients were told.
#[derive(Debug)]
pub(crate) struct Told {
    /// The names of the users whose making was acknowledged.
    pub(crate) acknowledged: Vec<String>,
    /// How many answers were 503.
    pub(crate) refused: usize,
    /// The longest that anybody waited.
    pub(crate) slowest: Duration,
}

impl Load {
    pub(crate) fn begin(server: &TestServer) -> Self {
        let shared = Arc::new(Shared::default());
        let clients = (0..CLIENTS)
            .map(|client| tokio::spawn(work(server.http(), client, Arc::clone(&shared))));
        Self { clients: clients.collect(), shared }
    }

    /// Waits until so many more writes were acknowledged.
    pub(crate) async fn acknowledged(&self, more: usize) {
        let count = || self.shared.acknowledged.load(Ordering::Relaxed);
        let enough = count() + more;
        until("writes are acknowledged", async || count() >= enough).await;
    }

    /// Waits until so many more requests were answered 503.
    pub(crate) async fn refused(&self, more: usize) {
        let count = || self.shared.refused.load(Ordering::Relaxed);
        let enough = count() + more;
        until("requests are refused", async || count() >= enough).await;
    }

    pub(crate) async fn end(self) -> Told {
        self.shared.stop.store(true, Ordering::Relaxed);
        let mut acknowledged = Vec::new();
        for client in self.clients {
            acknowledged.extend(client.await.expect("every answer is 200 or 503"));
        }
        let slowest = self.shared.slowest_milliseconds.load(Ordering::Relaxed) as u64;
        let refused = self.shared.refused.load(Ordering::Relaxed);
        Told { acknowledged, refused, slowest: Duration::from_millis(slowest) }
    }
}

async fn work(http: Http, client: usize, shared: Arc<Shared>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    let mut turn = 0;
    while !shared.stop.load(Ordering::Relaxed) {
        turn += 1;
        let name = format!("client{client}_turn{turn}");
        let asked = Instant::now();
        let written = http.post("/v1/users", json!({ "username": name })).await;
        shared.note(asked);
        if shared.is_acknowledged(&written).await {
            shared.acknowledged.fetch_add(1, Ordering::Relaxed);
            acknowledged.push(name);
        }
        let asked = Instant::now();
        let read = http.get("/v1/users/count").await;
        shared.note(asked);
        shared.is_acknowledged(&read).await;
    }
    acknowledged
}

impl Shared {
    fn note(&self, asked: Instant) {
        let milliseconds = usize::try_from(asked.elapsed().as_millis()).unwrap_or(usize::MAX);
        self.slowest_milliseconds.fetch_max(milliseconds, Ordering::Relaxed);
    }

    async fn is_acknowledged(&self, answer: &Answer) -> bool {
        if answer.status == 200 {
            return true;
        }
        assert_come_back_later(answer);
        self.refused.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(PAUSE).await;
        false
    }
}

/// Tells that an answer says that the service is not there now, and when to ask again.
#[track_caller]
pub(crate) fn assert_come_back_later(answer: &Answer) {
    assert_eq!(answer.faults(), ["503 service_unavailable"], "{answer:?}");
    assert_eq!(answer.headers["retry-after"], "1");
}

/// Tells that each of these users is there once, and that all that is stored holds together.
pub(crate) async fn assert_there(server: &TestServer, names: &[String]) {
    let http = server.http();
    for names in names.chunks(50) {
        let query: Vec<String> = names.iter().map(|name| format!("username={name}")).collect();
        let found = http.get(&format!("/v1/users?limit=100&{}", query.join("&"))).await.ids();
        assert_eq!(found.len(), names.len(), "of {names:?}");
    }
    server.check().await;
}

/// The status of `/readyz`.
pub(crate) async fn readiness(server: &TestServer) -> u16 {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build();
    let client = client.expect("a client can be made");
    let answer = client.get(format!("{}/readyz", server.base_url())).send().await;
    answer.expect("the server answers").status().as_u16()
}
