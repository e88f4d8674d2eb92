//! PostgreSQL under a server: it goes away and comes back, locks, falls silent, asks who is there.
//!
//! Tests that need a PostgreSQL of their own make one in a temporary folder, and say in one line that
//! they are skipped where its programs are missing.

mod access;
mod cluster;
mod load;
mod locks;
mod network;
mod outages;
mod pooler;
mod proxy;

use std::time::{Duration, Instant};

/// How long something may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks again and again until something is so, which it must be in time.
async fn until(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !look().await {
        assert!(started.elapsed() < PATIENCE, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Tells that a test is skipped, which must not be on the machine that decides.
fn skip<T>(reason: &str) -> Option<T> {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{reason}");
    eprintln!("skipped: {reason}");
    None
}
