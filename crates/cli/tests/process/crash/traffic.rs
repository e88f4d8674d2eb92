//! Writers that write until the server is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fastrand::Rng;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::ledger::{Certainty, Share, change};
use crate::api::Api;
use crate::server::until;

/// Writers at work.
pub(crate) struct Traffic {
    writers: Vec<JoinHandle<Share>>,
    acknowledged: Arc<AtomicU64>,
}

impl Traffic {
    pub(crate) fn start(api: &Api, shares: Vec<Share>, random: &mut Rng) -> Self {
        let acknowledged = Arc::new(AtomicU64::new(0));
        let writers = shares.into_iter().map(|share| {
            let (random, acknowledged) = (random.fork(), Arc::clone(&acknowledged));
            let writer = Writer { api: api.clone(), share, random, acknowledged };
            tokio::spawn(writer.run())
        });
        Self { writers: writers.collect(), acknowledged }
    }

    /// Waits until a write was acknowledged.
    pub(crate) async fn first_answer(&self) {
        let acknowledged = || self.acknowledged.load(Ordering::Relaxed) > 0;
        until("a write is acknowledged", async || acknowledged().then_some(())).await;
    }

    /// Waits until every writer has seen that the server is gone; gives back their shares, and how
    /// many writes were acknowledged.
    pub(crate) async fn end(self) -> (Vec<Share>, u64) {
        let mut shares = Vec::new();
        for writer in self.writers {
            shares.push(writer.await.unwrap());
        }
        (shares, self.acknowledged.load(Ordering::Relaxed))
    }
}

struct Writer {
    api: Api,
    share: Share,
    random: Rng,
    acknowledged: Arc<AtomicU64>,
}

impl Writer {
    async fn run(mut self) -> Share {
        loop {
            let is_answered = match self.random.usize(0..6) {
                0 => self.make_user().await,
                _ => self.change_membership().await,
            };
            if !is_answered {
                return self.share;
            }
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn make_user(&mut self) -> bool {
        let number = self.number();
        let username = format!("writer_{}_{number}", self.share.writer);
        self.share.users.insert(username.clone(), Certainty::Unknown);
        let fields = json!({ "username": username, "first_name": username });
        if !self.send(Method::POST, "/v1/users", &fields).await {
            return false;
        }
        self.share.users.insert(username, Certainty::Acknowledged);
        true
    }

    async fn change_membership(&mut self) -> bool {
        let (value, choice) = (self.number(), self.random.usize(0..8));
        let place = self.random.usize(0..self.share.slots.len());
        let (method, path, body, next) = change(&self.share.slots[place], value, choice);
        self.share.slots[place].begin(next);
        let is_answered = self.send(method, &path, &body).await;
        if is_answered {
            self.share.slots[place].acknowledge();
        }
        is_answered
    }

    /// Sends a write; false where nobody knows what became of it.
    async fn send(&self, method: Method, path: &str, body: &Value) -> bool {
        let request = self.api.request(method, path);
        let request = if body.is_null() { request } else { request.json(body) };
        match self.api.send(request).await {
            Ok(answer) => {
                assert_eq!(answer.status, 200, "{path}: {}", answer.body);
                true
            }
            Err(_) => false,
        }
    }

    fn number(&mut self) -> u64 {
        self.share.next += 1;
        self.share.next
    }
}
