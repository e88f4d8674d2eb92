//! A whole run: servers started, everything measured in turns, so that noise hits all alike.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::data::{Amount, Place};
use crate::load::{Expect, Load, Pace, Requests, Seen};
use crate::machine::{self, Cores, Machine};
use crate::peer::Peer;
use crate::pgbench::Pgbench;
use crate::places::Places;
use crate::results::{About, Results, Sample, Samples, Section, subject};
use crate::servers::{Running, Start};
use crate::{data, delays, driver, reads, start, targets, write_runs};

/// What to measure, and how long.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The data on SQLite.
    pub(crate) sqlite: PathBuf,
    /// A database with the same data on PostgreSQL, if it is measured, and a folder beside it.
    pub(crate) postgres: Option<(String, PathBuf)>,
    /// Where the peer's packages are, if it is measured.
    pub(crate) peer: Option<PathBuf>,
    pub(crate) guildhall: PathBuf,
    pub(crate) amount: Amount,
    pub(crate) runs: usize,
    /// How long each list is asked for.
    pub(crate) seconds: f64,
    /// How many members come and go in one run.
    pub(crate) writes: usize,
    /// How many members the organization has that is deleted beside short reads.
    pub(crate) deleted: usize,
    pub(crate) log: String,
    /// Only lists whose workload holds this, and nothing else; all there is where it is empty.
    pub(crate) only: String,
    pub(crate) is_quick: bool,
    /// What is left out already, and why.
    pub(crate) skipped: Vec<String>,
}

/// Everything that answers, side by side.
pub(crate) struct Bench<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) cores: Cores,
    pub(crate) fixed: Running,
    pub(crate) bare: Running,
    pub(crate) sqlite: Running,
    pub(crate) places: Places,
    pub(crate) postgres: Option<(Running, Places)>,
    pub(crate) pgbench: Option<Pgbench>,
    pub(crate) peer: Option<Peer>,
    pub(crate) samples: Samples,
}

/// Measures everything of a plan.
///
/// # Errors
/// Where a server fails or an answer is wrong.
pub(crate) async fn run(plan: &Plan) -> Result<Results> {
    let cores = Cores::choose()?;
    let mut results = Results {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: commit(),
        is_quick: plan.is_quick,
        runs: plan.runs,
        amount: Some(plan.amount),
        machine: Machine::look(&plan.sqlite),
        skipped: plan.skipped.clone(),
        ..Results::default()
    };
    machine::pin(cores.load)?;
    let start = Start { cores, guildhall: &plan.guildhall, log: &plan.log };
    start::measure(plan, &start, &mut results).await?;
    let folders = [Some(&plan.sqlite), plan.postgres.as_ref().map(|(_, folder)| folder)];
    folders.into_iter().flatten().try_for_each(|folder| data::begin(folder))?;
    let mut bench = Bench::open(plan, &start, &mut results.skipped).await?;
    for run in 1..=plan.runs {
        eprintln!("run {run} of {}", plan.runs);
        match bench.round(run).await {
            // What was measured before is worth more than a whole number of runs.
            Err(error) if run > 1 => {
                let reason = format!("the end of run {run} and what was to follow: {error:#}");
                eprintln!("skipped: {reason}");
                results.skipped.push(reason);
                break;
            }
            ended => ended?,
        }
        results.runs = run;
    }
    let was_whole = results.runs == plan.runs;
    if was_whole {
        folders.into_iter().flatten().try_for_each(|folder| data::end(folder, plan.amount))?;
    }
    let memory = machine::memory(bench.sqlite.pid())?;
    results.note("memory after the load", memory.resident, "MiB");
    results.note(start::PEAK, memory.peak, "MiB");
    let (bytes, database) = driver::disk(&plan.sqlite)?;
    results.note("a membership on SQLite's disk", bytes, "bytes");
    results.note(start::DATABASE, database / 1024.0 / 1024.0, "MiB");
    if let Some(pgbench) = &bench.pgbench {
        results.note("a membership on PostgreSQL's disk", pgbench.disk().await?, "bytes");
    }
    let medium = bench.places.medium().0;
    results.figures = bench.samples.figures();
    results.targets = targets::judge(&results, plan.amount, medium);
    Ok(results)
}

impl<'a> Bench<'a> {
    async fn open(plan: &'a Plan, start: &Start<'_>, skipped: &mut Vec<String>) -> Result<Self> {
        let sqlite = start.guildhall(&Place::Sqlite(plan.sqlite.clone()), &plan.sqlite).await?;
        let places = Places::find(&sqlite.target, plan.amount).await.context("SQLite's data")?;
        let (mut postgres, mut pgbench) = (None, None);
        if let Some((url, folder)) = &plan.postgres {
            let running = start.guildhall(&Place::Postgres(url.clone()), folder).await?;
            let places = Places::find(&running.target, plan.amount).await?;
            match Pgbench::prepare(url, &places).await {
                Ok(ready) => pgbench = Some(ready),
                Err(error) => skipped.push(format!("pgbench: {error:#}")),
            }
            postgres = Some((running, places));
        }
        let mut peer = None;
        if let Some(folder) = &plan.peer {
            match Peer::start(start, folder, places.medium().0).await {
                Ok(ready) => peer = Some(ready),
                Err(error) => skipped.push(format!("better-auth: {error:#}")),
            }
        }
        let mut bare = start.bare(&plan.sqlite).await?;
        // It is asked what Guildhall is asked, to the byte.
        bare.target.headers.clone_from(&sqlite.target.headers);
        Ok(Self {
            plan,
            cores: start.cores,
            fixed: start.fixed().await?,
            bare,
            sqlite,
            places,
            postgres,
            pgbench,
            peer,
            samples: Samples::default(),
        })
    }

    /// Everything once.
    async fn round(&mut self, run: usize) -> Result<()> {
        self.vacuum().await?;
        self.reads().await.context("reads")?;
        write_runs::measure(self, run).await.context("writes")?;
        if self.plan.only.is_empty() {
            self.mixed().await.context("reads and writes together")?;
        }
        self.vacuum().await?;
        delays::measure(self).await.context("delays")
    }

    /// What was written before is in nobody's way on PostgreSQL.
    async fn vacuum(&self) -> Result<()> {
        match &self.pgbench {
            Some(pgbench) => pgbench.vacuum().await.context("VACUUM"),
            None => Ok(()),
        }
    }

    /// An answer of Guildhall about one membership.
    pub(crate) async fn membership(&self) -> Result<String> {
        let ((_, organization), member) = (self.places.medium(), &self.places.members[0]);
        let path = format!("/v1/organizations/{organization}/memberships/{member}");
        let target = &self.sqlite.target;
        Ok(target.json(&target.get(&path)).await?.to_string())
    }

    /// How long each thing is asked.
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.plan.seconds)
    }

    /// Every list, on everything that answers it.
    async fn reads(&mut self) -> Result<()> {
        let lists = reads::reads(&self.places, &self.plan.only);
        let on_postgres = match &self.postgres {
            Some((_, places)) => reads::reads(places, &self.plan.only),
            None => Vec::new(),
        };
        for (place, read) in lists.iter().enumerate() {
            let (body, expect) = read.rehearse(&self.sqlite.target).await?;
            for connections in read.connections.iter().copied() {
                let about = |subject: &str| About {
                    section: read.section,
                    place,
                    workload: read.workload.clone(),
                    connections,
                    subject: subject.to_owned(),
                };
                if read.beside == reads::Beside::Static {
                    let name = format!("/list-{place}");
                    let put = self.fixed.target.with_body(
                        "PUT",
                        &name,
                        &String::from_utf8(body.clone())?,
                    );
                    self.fixed.target.ask(&put).await?;
                    let requests = crate::load::same(self.fixed.target.get(&name));
                    let expect = Expect::Bytes(vec![body.len()].into());
                    let sample = self.closed(&self.fixed, requests, expect, connections).await?;
                    self.samples.add(about(subject::STATIC), sample);
                }
                let requests = read.requests(&self.sqlite.target);
                let sample =
                    self.closed(&self.sqlite, requests, expect.clone(), connections).await?;
                self.samples.add(about(subject::SQLITE), sample);
                if read.beside != reads::Beside::Nobody
                    && let (Some((running, _)), Some(read)) =
                        (&self.postgres, on_postgres.get(place))
                {
                    let (_, expect) = read.rehearse(&running.target).await?;
                    let requests = read.requests(&running.target);
                    let sample = self.closed(running, requests, expect, connections).await?;
                    self.samples.add(about(subject::POSTGRES), sample);
                }
                if read.workload == reads::list_of(10, self.places.medium().0) {
                    self.others(about, connections).await?;
                }
            }
        }
        Ok(())
    }

    /// The list of ten by those who are not Guildhall.
    async fn others(&mut self, about: impl Fn(&str) -> About, connections: usize) -> Result<()> {
        if let Some(pgbench) = &self.pgbench {
            let sample = pgbench.list(connections, self.plan.seconds);
            self.samples.add_if(about(subject::PGBENCH), sample);
        }
        if let Some(peer) = &self.peer {
            let (requests, expect) = peer.list().await?;
            let sample = self.closed(&peer.running, requests, expect, connections).await?;
            self.samples.add(about(subject::PEER), sample);
        }
        Ok(())
    }

    /// A closed loop for the usual time, a little of it before to warm up.
    pub(crate) async fn closed(
        &self,
        running: &Running,
        requests: Requests,
        expect: Expect,
        connections: usize,
    ) -> Result<Sample> {
        let load = |duration| Load {
            target: &running.target,
            requests: Rc::clone(&requests),
            expect: expect.clone(),
            connections,
            pace: Pace::Closed,
            duration,
        };
        load(self.duration() / 10).run().await?;
        sample(running, load(self.duration())).await
    }

    /// Lists while members of the same organization change.
    async fn mixed(&mut self) -> Result<()> {
        let mixes = [("95 lists of 10 to 5 merges", 20), ("a merge before each list of 10", 2)];
        for (place, (name, every)) in mixes.into_iter().enumerate() {
            let mut subjects = vec![(subject::SQLITE, &self.sqlite, &self.places)];
            if let Some((running, places)) = &self.postgres {
                subjects.push((subject::POSTGRES, running, places));
            }
            let mut found = Vec::new();
            for (subject, running, places) in subjects {
                let requests = crate::writes::mixed(&running.target, places, every);
                let sample = self.closed(running, requests, Expect::AtLeast(200), 16).await?;
                found.push((subject, sample));
            }
            for (subject, sample) in found {
                let about = About {
                    section: Section::Mixed,
                    place,
                    workload: name.to_owned(),
                    connections: 16,
                    subject: subject.to_owned(),
                };
                self.samples.add(about, sample);
            }
        }
        Ok(())
    }
}

/// Runs a load, and tells what the server took for it.
pub(crate) async fn sample(running: &Running, load: Load<'_>) -> Result<Sample> {
    let (seen, cpu) = with_cpu(running, load).await?;
    Ok(Sample::new(&seen, cpu))
}

async fn with_cpu(running: &Running, load: Load<'_>) -> Result<(Seen, f64)> {
    let before = machine::cpu_micros(running.pid())?;
    let seen = load.run().await?;
    Ok((seen, machine::cpu_micros(running.pid())? - before))
}

/// The commit that is measured, where Git tells.
fn commit() -> String {
    let mut git = std::process::Command::new("git");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let asked = git.args(["rev-parse", "--short", "HEAD"]).current_dir(folder).output();
    asked.map_or(String::new(), |told| String::from_utf8_lossy(&told.stdout).trim().to_owned())
}
