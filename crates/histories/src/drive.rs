//! One run: servers, clients and the nemesis; then everything is read once more, and the servers'
//! own check of the database has the last word.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use tokio::sync::watch;

use crate::arguments::{Database, Run};
use crate::clients::{self, Caller};
use crate::history::{Call, Event};
use crate::http::Http;
use crate::nemesis::{Nemesis, Victims};
use crate::postgres::{self, Cluster};
use crate::process::{Plan, Server, free_port};
use crate::recorder::Recorder;
use crate::world::World;

/// The name of a history in its folder.
pub const HISTORY: &str = "history.jsonl";
/// So many clients have a pair of organizations in use.
const CLIENTS_OF_A_PAIR: u32 = 4;

/// What a run gave.
#[derive(Debug)]
pub enum Driven {
    /// A history, what was done to the servers, and what their own check found to be wrong.
    #[expect(missing_docs, reason = "told above")]
    Recorded { calls: Vec<Call>, events: Vec<Event>, faults: Vec<String> },
    /// PostgreSQL is not installed.
    Skipped,
}

/// Records a history into `folder`, where the servers have their data and logs too.
///
/// # Errors
///
/// The servers or the database cannot be run, or end by themselves.
pub async fn drive(run: &Run, seed: u64, folder: &Path) -> Result<Driven> {
    let cluster = match run.database {
        Database::Sqlite => None,
        Database::Postgres => match postgres::programs()? {
            Some(programs) => Some(Cluster::new(programs, folder.join("postgres.log")).await?),
            None => return Ok(Driven::Skipped),
        },
    };
    let recorder = Arc::new(Recorder::new(&folder.join(HISTORY))?);
    recorder.event(format!("begun with seed {seed}: {run:?}"));
    let http = Http::new()?;
    let victims =
        Victims { servers: servers(run, cluster.as_ref(), folder, &http).await?, cluster };
    let base_urls = victims.servers.iter().map(|server| server.plan.base_url()).collect();
    let caller = Caller { client: 0, http, base_urls, recorder };
    let mut victims = traffic(run, seed, &caller, victims).await?;
    for server in &mut victims.servers {
        server.end().await?;
    }
    let faults = match victims.servers.first() {
        Some(server) => doctor(&server.plan).await?,
        None => Vec::new(),
    };
    let recorder = Arc::into_inner(caller.recorder).context("a client has not ended")?;
    let (calls, events) = recorder.finish()?;
    Ok(Driven::Recorded { calls, events, faults })
}

async fn servers(
    run: &Run,
    cluster: Option<&Cluster>,
    folder: &Path,
    http: &Http,
) -> Result<Vec<Server>> {
    let count = run.processes.unwrap_or(if cluster.is_some() { 3 } else { 1 });
    ensure!(count > 0, "at least one server is needed");
    ensure!(count == 1 || cluster.is_some(), "a data folder with SQLite has one server only");
    let guildhall = run.guildhall.clone().map_or_else(beside, Ok)?;
    let mut servers = Vec::new();
    for number in 0..count {
        let plan = Plan {
            guildhall: guildhall.clone(),
            data: folder.join(format!("data-{number}")),
            database_url: cluster.map(Cluster::url),
            log: folder.join(format!("server-{number}.log")),
            port: free_port()?,
        };
        servers.push(Server::start(plan, http.clone()).await?);
    }
    Ok(servers)
}

/// The server that was built into the same folder as this program, or as the test that runs it.
fn beside() -> Result<PathBuf> {
    let own = std::env::current_exe().context("this program has no path")?;
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join("guildhall"));
    let found = found.into_iter().find(|path| path.is_file());
    found.context("there is no server beside this program: `cargo build -p guildhall-cli` makes it")
}

/// Has clients call while the nemesis is at work, and reads everything when both are done.
async fn traffic(run: &Run, seed: u64, caller: &Caller, victims: Victims) -> Result<Victims> {
    let mut random = Rng::with_seed(seed);
    let (stop, stopped) = watch::channel(false);
    let pairs = usize::try_from(run.clients.div_ceil(CLIENTS_OF_A_PAIR))?;
    let world = Arc::new(World::new(pairs));
    let clients: Vec<_> = (1..=run.clients)
        .map(|client| {
            let caller = Caller { client, ..caller.clone() };
            tokio::spawn(clients::run(caller, world.clone(), stopped.clone(), random.fork()))
        })
        .collect();
    let interval = (!run.no_kills).then(|| Duration::from_millis(run.kill_every));
    let nemesis =
        Nemesis { victims, interval, recorder: caller.recorder.clone(), random: random.fork() };
    let nemesis = tokio::spawn(nemesis.run(stopped));

    tokio::time::sleep(Duration::from_secs(run.seconds)).await;
    stop.send_replace(true);
    for client in clients {
        client.await?;
    }
    let victims = nemesis.await??;
    clients::read_everything(caller, &world).await?;
    Ok(victims)
}

/// What `guildhall doctor` finds to be wrong with the data of a server.
async fn doctor(plan: &Plan) -> Result<Vec<String>> {
    let output = plan.command("doctor").output().await.context("`guildhall doctor` cannot run")?;
    if output.status.success() {
        return Ok(Vec::new());
    }
    let said = [output.stdout, output.stderr].concat();
    Ok(vec![format!("guildhall doctor: {}", String::from_utf8_lossy(&said))])
}
