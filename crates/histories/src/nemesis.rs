//! The nemesis: ends, stops and starts servers and the database at random moments.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use tokio::sync::watch;

use crate::postgres::Cluster;
use crate::process::Server;
use crate::recorder::Recorder;

/// For how long something is gone at most, in milliseconds.
const AWAY: u64 = 300;
/// How many answers are lost in a row.
const LOSSES: u32 = 4;

/// What can be hurt.
#[derive(Debug)]
pub(crate) struct Victims {
    pub(crate) servers: Vec<Server>,
    pub(crate) cluster: Option<Cluster>,
}

/// Hurts one victim after the other.
#[derive(Debug)]
pub(crate) struct Nemesis {
    pub(crate) victims: Victims,
    /// How much time is between two on average; nothing is hurt when `None`.
    pub(crate) interval: Option<Duration>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) random: Rng,
}

impl Nemesis {
    /// Goes on until it is told to stop; gives the victims back, all of them running.
    pub(crate) async fn run(mut self, mut stopped: watch::Receiver<bool>) -> Result<Victims> {
        loop {
            let interval = self.interval.unwrap_or(Duration::from_secs(1));
            let pause = interval.mul_f64(2.0 * self.random.f64());
            let is_stopped = tokio::time::timeout(pause, stopped.wait_for(|it| *it)).await.is_ok();
            for server in &mut self.victims.servers {
                server.ensure_running()?;
            }
            if is_stopped {
                return Ok(self.victims);
            }
            if self.interval.is_some() {
                self.hurt().await?;
            }
        }
    }

    async fn hurt(&mut self) -> Result<()> {
        let at = self.random.usize(0..self.victims.servers.len());
        let away = Duration::from_millis(self.random.u64(0..AWAY));
        let note = |what: &str| self.recorder.event(format!("{what} server {at}"));
        let server = &mut self.victims.servers[at];
        match (self.random.u32(0..10), &mut self.victims.cluster) {
            (0..2, Some(cluster)) => {
                for _ in 0..LOSSES {
                    cluster.lose_commit();
                    self.recorder.event("lost the answer to a COMMIT");
                    tokio::time::sleep(away).await;
                }
            }
            (2, Some(cluster)) => {
                cluster.cut();
                self.recorder.event("cut the cable to PostgreSQL");
            }
            (3, Some(cluster)) => {
                cluster.disconnect().await?;
                self.recorder.event("disconnected PostgreSQL");
            }
            (4..6, Some(cluster)) => {
                cluster.kill().await?;
                self.recorder.event("killed PostgreSQL");
                tokio::time::sleep(away).await;
                cluster.start().await?;
                self.recorder.event("started PostgreSQL");
            }
            (0..7, _) => {
                server.kill().await?;
                note("killed");
                tokio::time::sleep(away).await;
                server.start_again().await?;
                note("started");
            }
            (7, _) => {
                server.end().await?;
                note("ended");
                server.start_again().await?;
                note("started");
            }
            _ => {
                server.signal("STOP").await?;
                note("stopped");
                tokio::time::sleep(3 * away).await;
                server.signal("CONT").await?;
                note("continued");
            }
        }
        Ok(())
    }
}
