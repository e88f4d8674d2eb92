//! Kills at random moments: what was acknowledged is there, and nothing that was never asked for.

mod ledger;
mod traffic;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;
use tempfile::TempDir;

use self::ledger::Ledger;
use self::traffic::Traffic;
use crate::api::Api;
use crate::database;
use crate::server::{Server, Start, data_folder, until};

/// From which size on the server moves the log into the database.
const LOG_BYTES: u64 = 4 << 20;
/// How long a start takes at most of which a random part is let go on.
const START_UP: u64 = 150;

/// A world of writers that outlives the server.
struct World {
    _folder: TempDir,
    data: PathBuf,
    random: Rng,
    ledger: Ledger,
    acknowledged: u64,
}

impl World {
    async fn new(test: &str) -> Self {
        let seed = std::env::var("GUILDHALL_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| fastrand::u64(..));
        println!("{test}: GUILDHALL_TEST_SEED={seed} brings these moments back");
        let (folder, data) = data_folder();
        let server = start(&data);
        let ledger = Ledger::prepare(&server.api()).await;
        server.stop();
        Self { _folder: folder, data, random: Rng::with_seed(seed), ledger, acknowledged: 0 }
    }

    /// Has every writer write to `server` from now on.
    fn write(&mut self, server: &Server) -> Traffic {
        Traffic::start(&server.api(), self.ledger.lend(), &mut self.random)
    }

    async fn take_back(&mut self, traffic: Traffic) {
        let (shares, acknowledged) = traffic.end().await;
        assert!(acknowledged > 0, "nothing was acknowledged: nothing is tested");
        self.acknowledged += acknowledged;
        self.ledger.take_back(shares);
    }

    /// Starts the server again and compares everything with what it may be.
    async fn check(&mut self) -> Server {
        let server = start(&self.data);
        self.ledger.settle(&server.api()).await;
        database::check(&self.data);
        server
    }

    fn milliseconds(&mut self, most: u64) -> Duration {
        Duration::from_millis(self.random.u64(0..=most))
    }
}

fn start(data: &Path) -> Server {
    // A line for each request would cost more than the request.
    Start::on(data).variable("GUILDHALL_LOG", "warn").start()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kills_at_random_moments() {
    let started = Instant::now();
    let mut world = World::new("kills").await;
    let mut server = world.check().await;
    for round in 0..16 {
        let traffic = world.write(&server);
        traffic.first_answer().await;
        let is_at_checkpoint = round % 4 == 3;
        if is_at_checkpoint {
            until("the log is moved", async || (server.log_bytes() >= LOG_BYTES).then_some(()))
                .await;
            tokio::time::sleep(world.milliseconds(15)).await;
        } else {
            tokio::time::sleep(world.milliseconds(400)).await;
        }
        server.kill();
        world.take_back(traffic).await;
        if is_at_checkpoint {
            kill_at_start(&world.data, world.random.u64(0..=START_UP)).await;
        }
        server = world.check().await;
    }
    println!("kills: {} writes, {:?}", world.acknowledged, started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_sigterm_amid_writes() {
    let mut world = World::new("sigterm").await;
    for _ in 0..3 {
        let mut server = world.check().await;
        let traffic = world.write(&server);
        traffic.first_answer().await;
        tokio::time::sleep(world.milliseconds(300)).await;

        server.signal("TERM");
        let (status, log) = server.wait();
        world.take_back(traffic).await;

        assert_eq!(status.code(), Some(0), "{log}");
        assert_eq!(server.log_bytes(), 0);
    }
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_can_be_killed_at_any_moment() {
    for milliseconds in (0..START_UP).step_by(7) {
        let (_folder, data) = data_folder();
        kill_at_start(&data, milliseconds).await;

        let server = Start::on(&data).start();

        let api = Api::new(server.base_url(), server.secret_key());
        assert_eq!(api.status_of_key().await, 200, "after {milliseconds} ms");
        database::check(&data);
        let instances = database::rows(&database::open(&data), "SELECT name FROM instances");
        assert_eq!(instances.len(), 1, "after {milliseconds} ms");
    }
}

async fn kill_at_start(data: &Path, milliseconds: u64) {
    let mut child = Start::on(data).spawn();
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    child.kill().unwrap();
    child.wait().unwrap();
}
