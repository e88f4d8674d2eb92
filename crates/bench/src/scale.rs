//! What each operation costs in a large instance beside a small one, both on the same database.
//!
//! Both are served by the same binary on the same core and asked in turns; only the ratios of one
//! run count. What is asked stands in [`crate::scale_work`], where things are in
//! [`crate::scale_world`], and the deletion of a large organization in [`crate::scale_deletion`].

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::data::{self, Place};
use crate::load::{Expect, Load, Pace, Requests};
use crate::machine::{self, Cores};
use crate::results::{Sample, median};
use crate::scale_work::{self, Operation};
use crate::scale_world::World;
use crate::servers::{Start, sibling};
use crate::writes::{Into, Step};
use crate::{scale_deletion, writes};

/// How often each server is started.
const STARTS: usize = 3;
/// The longest that a step of writes may take.
const AT_MOST: Duration = Duration::from_secs(120);
/// How many fewer users come and go at one connection, where each write waits for the disk.
const ALONE_SHARE: usize = 4;
/// The names of both instances, in the order in which they are asked.
const NAMES: [&str; 2] = ["small", "large"];

/// The flags of `scale`.
#[derive(Args)]
pub(crate) struct ScaleArguments {
    /// The large instance, as `data` has built it: `sqlite:FOLDER` or `postgres://…`.
    #[arg(long)]
    large: Place,
    /// The folder beside the large instance, where it is in PostgreSQL.
    #[arg(long, default_value = "bench-data/postgres")]
    large_folder: PathBuf,
    /// The small instance, on the same database.
    #[arg(long)]
    small: Place,
    /// The folder beside the small instance, where it is in PostgreSQL.
    #[arg(long, default_value = "bench-data/postgres-small")]
    small_folder: PathBuf,
    /// The binary to measure; `guildhall` beside this one when not given.
    #[arg(long, value_name = "PATH")]
    guildhall: Option<PathBuf>,
    /// How often everything is measured; medians count.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// How long each list is asked for.
    #[arg(long, default_value_t = 0.5)]
    seconds: f64,
    /// How many members come and go at several connections.
    #[arg(long, default_value_t = 1000)]
    writes: usize,
    /// Delete the largest organization of the large instance instead, beside reads and writes. The
    /// data is of no further use: take a copy.
    #[arg(long)]
    deletion: bool,
}

impl ScaleArguments {
    /// Both instances and the folders of their servers, the small one first.
    fn places(&self) -> [(&Place, &PathBuf); 2] {
        [
            (&self.small, own_folder(&self.small, &self.small_folder)),
            (&self.large, own_folder(&self.large, &self.large_folder)),
        ]
    }
}

/// The folder of a server: that of its database, or the one beside it.
fn own_folder<'a>(place: &'a Place, beside: &'a PathBuf) -> &'a PathBuf {
    match place {
        Place::Sqlite(own) => own,
        Place::Postgres(_) => beside,
    }
}

/// What came of asking for something.
enum Outcome {
    Answered(Sample),
    /// Another answer than a good one.
    Refused(String),
}

/// Measures everything and prints a table.
///
/// # Errors
/// Where a server does not start, or a write fails.
pub(crate) async fn run(arguments: ScaleArguments) -> Result<()> {
    let cores = Cores::choose()?;
    machine::pin(cores.load)?;
    let guildhall = arguments.guildhall.clone().map_or_else(sibling, Ok)?;
    let start = Start { cores, guildhall: &guildhall, log: "warn" };
    if arguments.deletion {
        let [_, (place, folder)] = arguments.places();
        let world = World::open(&start, place, folder).await?;
        data::begin(folder)?;
        return scale_deletion::measure(world, place, arguments.seconds).await;
    }
    starts(&start, &arguments).await?;
    let [small, large] = arguments.places();
    let worlds = [
        World::open(&start, small.0, small.1).await?,
        World::open(&start, large.0, large.1).await?,
    ];
    for (_, folder) in arguments.places() {
        data::begin(folder)?;
    }
    let mut bench = Bench { arguments: &arguments, worlds: &worlds, rows: BTreeMap::new() };
    for run in 1..=arguments.runs.max(1) {
        eprintln!("run {run}");
        bench.reads(run).await?;
        bench.writes(run == 1).await?;
    }
    for ((_, folder), world) in arguments.places().into_iter().zip(&worlds) {
        data::end(folder, world.amount)?;
    }
    bench.print();
    for (name, world) in NAMES.into_iter().zip(&worlds) {
        let memory = machine::memory(world.running.pid())?;
        println!("memory of the {name} one's server: {:.0} MiB", memory.resident);
        println!("memory of it at most: {:.0} MiB", memory.peak);
    }
    Ok(())
}

async fn starts(start: &Start<'_>, arguments: &ScaleArguments) -> Result<()> {
    for (name, (place, folder)) in NAMES.into_iter().zip(arguments.places()) {
        let (mut milliseconds, mut resident) = (Vec::new(), Vec::new());
        for _ in 0..STARTS {
            let running = start.guildhall(place, folder).await?;
            milliseconds.push(running.started_within.as_secs_f64() * 1000.0);
            resident.push(machine::memory(running.pid())?.resident);
        }
        let (milliseconds, resident) =
            (median(milliseconds.into_iter()), median(resident.into_iter()));
        println!("start of the {name} one: {milliseconds:.1} ms, then {resident:.0} MiB");
    }
    Ok(())
}

struct Bench<'a> {
    arguments: &'a ScaleArguments,
    worlds: &'a [World; 2],
    /// What was seen of each operation, by its place in the table: its name, and what each
    /// instance answered.
    rows: BTreeMap<usize, (String, [Vec<Outcome>; 2])>,
}

impl Bench<'_> {
    async fn reads(&mut self, run: usize) -> Result<()> {
        let [small, large] = self.worlds.each_ref().map(scale_work::reads);
        for (place, (small, large)) in small.iter().zip(&large).enumerate() {
            for (side, operation) in [small, large].into_iter().enumerate() {
                let outcome = self.read(&self.worlds[side], operation, run).await?;
                self.add(place, &operation.name, side, outcome);
            }
        }
        Ok(())
    }

    /// Asks once, which shows whether it is answered at all, then in a closed loop.
    async fn read(&self, world: &World, operation: &Operation, salt: usize) -> Result<Outcome> {
        let requests = operation.requests(&world.running.target, salt);
        if let Some(first) = requests(0) {
            let answer = world.running.target.ask(&first).await?;
            if answer.status != 200 {
                return Ok(Outcome::Refused(answer.status.to_string()));
            }
        }
        let load = Load {
            target: &world.running.target,
            requests,
            expect: Expect::AtLeast(2),
            connections: 1,
            pace: Pace::Closed,
            duration: Duration::from_secs_f64(self.arguments.seconds),
        };
        let cpu = world.cpu_micros().await?;
        match load.run().await {
            Ok(seen) => {
                let cpu = world.cpu_micros().await? - cpu;
                Ok(Outcome::Answered(Sample::new(&seen, cpu)))
            }
            Err(error) => Ok(Outcome::Refused(format!("{error:#}").chars().take(60).collect())),
        }
    }

    /// Members come and go in the largest organization, then in small ones.
    async fn writes(&mut self, is_first: bool) -> Result<()> {
        let mut place = 1000;
        for connections in [1, 16] {
            for into in 0..2 {
                for step in Step::ALL {
                    place += 1;
                    for (side, world) in self.worlds.iter().enumerate() {
                        let (where_to, into) = world.into(into);
                        let name = format!("{}, {where_to}, {connections} at once", step.name());
                        let sample = self.write(world, step, &into, connections).await;
                        let sample = sample.with_context(|| name.clone())?;
                        // The first write to a page is no write of a running server.
                        if !is_first || self.arguments.runs < 2 {
                            self.add(place, &name, side, Outcome::Answered(sample));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    async fn write(
        &self,
        world: &World,
        step: Step,
        into: &Into,
        connections: usize,
    ) -> Result<Sample> {
        let share = if connections == 1 { ALONE_SHARE } else { 1 };
        let count = (self.arguments.writes / share).clamp(1, world.strangers.len());
        let users: Rc<[String]> = world.strangers[..count].to_vec().into();
        let target = &world.running.target;
        let requests: Requests = writes::requests(target, step, into, &users);
        let load = Load {
            target,
            requests,
            expect: Expect::AtLeast(150),
            connections,
            pace: Pace::Closed,
            duration: AT_MOST,
        };
        let cpu = world.cpu_micros().await?;
        let seen = load.run().await?;
        Ok(Sample::new(&seen, world.cpu_micros().await? - cpu))
    }

    fn add(&mut self, place: usize, name: &str, side: usize, outcome: Outcome) {
        match &outcome {
            Outcome::Answered(sample) => eprintln!(
                "  {:<5} {name:<50} {:>9.3} ms {:>9.0} µs",
                NAMES[side], sample.p50, sample.cpu_micros
            ),
            Outcome::Refused(why) => eprintln!("  {:<5} {name:<50} refused: {why}", NAMES[side]),
        }
        let row = self.rows.entry(place);
        let (_, sides) = row.or_insert_with(|| (name.to_owned(), Default::default()));
        sides[side].push(outcome);
    }

    fn print(&self) {
        println!(
            "| operation | small, ms | large, ms | ratio | small, CPU µs | large, CPU µs | ratio |"
        );
        println!("|---|---|---|---|---|---|---|");
        for (name, sides) in self.rows.values() {
            let of = |side: &[Outcome], value: fn(&Sample) -> f64| {
                let values: Option<Vec<f64>> = side
                    .iter()
                    .map(|outcome| match outcome {
                        Outcome::Answered(sample) => Some(value(sample)),
                        Outcome::Refused(_) => None,
                    })
                    .collect();
                values.map(|values| median(values.into_iter()))
            };
            let mut line = format!("| {name} |");
            for value in [|sample: &Sample| sample.p50, |sample: &Sample| sample.cpu_micros] {
                let [small, large] = [of(&sides[0], value), of(&sides[1], value)];
                line.push_str(&format!(" {} | {} |", shown(small), shown(large)));
                // Nothing was seen of what takes less than a tick of the clock.
                let ratio = match small.zip(large) {
                    Some((small, large)) if small > 0.0 => shown(Some(large / small)),
                    _ => "–".to_owned(),
                };
                line.push_str(&format!(" {ratio} |"));
            }
            println!("{line}");
        }
    }
}

/// A figure with as many digits as it has a meaning.
fn shown(value: Option<f64>) -> String {
    match value {
        None => "refused".to_owned(),
        Some(value) if value < 1.0 => format!("{value:.2}"),
        Some(value) if value < 20.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.0}"),
    }
}
