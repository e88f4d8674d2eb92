//! Measures Guildhall beside the limits of its parts and beside a peer.
//!
//! `guildhall-bench run` builds the data it needs, starts every server on a core of its own, asks
//! all of them in turns, and writes a table, a file and, where it is told to, the page
//! `docs/performance.md`. Only ratios of one run count. Start with [`run`], then [`reads`],
//! [`writes`] and [`delays`] for what is measured, and [`targets`] for what it should come to.
//! `count` is something else: it does a fixed amount of work for `gate.sh`, which counts
//! instructions.

mod bare;
mod count;
mod data;
mod delays;
mod driver;
mod fixed;
mod load;
mod machine;
mod page;
mod peer;
mod pgbench;
mod places;
mod plot;
mod reads;
mod results;
mod run;
mod scale;
mod scale_deletion;
mod scale_work;
mod scale_world;
mod serve;
mod servers;
mod start;
mod table;
mod targets;
mod wire;
mod write_runs;
mod writes;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};

use crate::data::{Amount, Place};
use crate::results::Results;
use crate::run::Plan;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(about = "Measures Guildhall beside the limits of its parts and beside a peer")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the data and stop.
    Data(DataArguments),
    /// Measure everything and write the results.
    Run(RunArguments),
    /// Write the page anew from a file of results.
    Page {
        /// The file that `run` wrote.
        results: PathBuf,
        /// The folder that gets `performance.md` and its pictures.
        #[arg(long, default_value = "docs")]
        docs: PathBuf,
    },
    /// Measure a large instance beside a small one, and print a table.
    Scale(scale::ScaleArguments),
    /// Do a fixed amount of work, for a count of instructions.
    Count {
        /// What to do.
        work: count::Work,
        /// How often.
        times: usize,
    },
    /// Serve the data as the `guildhall` command would.
    #[command(hide = true)]
    Serve(serve::ServeArguments),
    /// Serve static answers.
    #[command(hide = true)]
    Fixed {
        #[arg(long)]
        bind: SocketAddr,
    },
    /// Serve writes of the bare driver.
    #[command(hide = true)]
    Bare {
        #[arg(long)]
        bind: SocketAddr,
        #[arg(long)]
        data: PathBuf,
    },
}

#[derive(Args)]
struct DataArguments {
    /// Where it goes: `sqlite:FOLDER` or `postgres://…`, which must be empty.
    #[arg(long)]
    database: Place,
    /// The folder for what a server keeps beside a PostgreSQL database.
    #[arg(long, default_value = "bench-data/postgres")]
    folder: PathBuf,
    /// Members of the largest organization; smaller ones are there too.
    #[arg(long, default_value_t = 100_000)]
    members: usize,
    /// Organizations of the user who is in many.
    #[arg(long, default_value_t = 10_000)]
    organizations: usize,
    /// Further organizations of ten members each, which that user is not in.
    #[arg(long, default_value_t = 0)]
    further: usize,
}

#[derive(Args)]
struct RunArguments {
    /// Where the data and the results are kept; a second run finds the data there.
    #[arg(long, default_value = "bench-data")]
    folder: PathBuf,
    /// Members of the largest organization.
    #[arg(long, default_value_t = 100_000)]
    members: usize,
    /// Organizations of the user who is in many.
    #[arg(long, default_value_t = 10_000)]
    organizations: usize,
    /// A PostgreSQL database to measure too, empty or built by a run with the same folder.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Leave better-auth out.
    #[arg(long)]
    without_peer: bool,
    /// The binary to measure; `guildhall` beside this one when not given.
    #[arg(long, value_name = "PATH")]
    guildhall: Option<PathBuf>,
    /// How often everything is measured; medians count.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// How long each list is asked for.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// How many members come and go in one run.
    #[arg(long, default_value_t = 6000)]
    writes: usize,
    /// What the measured server logs, as in `GUILDHALL_LOG`; a line a request is `info`.
    #[arg(long, default_value = "warn")]
    log: String,
    /// Measure only the lists, the delays, and the writes in the places, whose name holds this.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Little data, short runs: to see that everything works, not to learn figures.
    #[arg(long)]
    quick: bool,
    /// The file for the results; `results.json` in the folder when not given.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// A folder that gets `performance.md` and its pictures.
    #[arg(long, value_name = "FOLDER")]
    docs: Option<PathBuf>,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    // One thread makes the load; servers choose by the cores that they may use.
    let one = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    let several = || tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match cli.command {
        Command::Data(arguments) => several()?.block_on(data(&arguments)),
        Command::Run(arguments) => measure(arguments),
        Command::Page { results, docs } => {
            let text = std::fs::read_to_string(&results)?;
            page::write(&serde_json::from_str(&text)?, &docs)
        }
        Command::Scale(arguments) => one()?.block_on(scale::run(arguments)),
        Command::Count { work, times } => one()?.block_on(count::run(work, times)),
        Command::Serve(arguments) => several()?.block_on(serve::run(arguments)),
        Command::Fixed { bind } => several()?.block_on(fixed::serve(bind)),
        Command::Bare { bind, data } => several()?.block_on(bare::serve(bind, data)),
    }
}

async fn data(arguments: &DataArguments) -> Result<()> {
    let amount = Amount {
        members: arguments.members,
        organizations: arguments.organizations,
        further: arguments.further,
    };
    let folder = match &arguments.database {
        Place::Sqlite(folder) => folder,
        Place::Postgres(_) => &arguments.folder,
    };
    data::build(&arguments.database, folder, amount).await
}

fn measure(arguments: RunArguments) -> Result<()> {
    let json = arguments.json.clone().unwrap_or_else(|| arguments.folder.join("results.json"));
    let docs = arguments.docs.clone();
    let plan = plan(arguments)?;
    // All cores build; then the load gets its own.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        data::build(&Place::Sqlite(plan.sqlite.clone()), &plan.sqlite, plan.amount).await?;
        if let Some((url, folder)) = &plan.postgres {
            data::build(&Place::Postgres(url.clone()), folder, plan.amount).await?;
        }
        anyhow::Ok(())
    })?;
    drop(runtime);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = runtime.block_on(run::run(&plan))?;
    write(&results, &json, docs.as_deref())
}

fn plan(arguments: RunArguments) -> Result<Plan> {
    let folder = arguments.folder;
    std::fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    let mut amount =
        Amount { members: arguments.members, organizations: arguments.organizations, further: 0 };
    let (mut runs, mut seconds, mut writes) = (arguments.runs, arguments.seconds, arguments.writes);
    if arguments.quick {
        amount = Amount { members: 1500, organizations: 40, further: 0 };
        (runs, seconds, writes) = (1, 0.05, 64);
    }
    let mut skipped = Vec::new();
    if arguments.postgres.is_none() {
        skipped.push("PostgreSQL and pgbench: no database was named".to_owned());
    }
    let peer = if arguments.without_peer {
        skipped.push("better-auth: left out".to_owned());
        None
    } else {
        let installed = peer::install(&folder.join("peer"));
        installed.map_err(|error| skipped.push(format!("better-auth: {error:#}"))).ok()
    };
    skipped.iter().for_each(|skipped| eprintln!("skipped: {skipped}"));
    Ok(Plan {
        sqlite: folder.join("sqlite"),
        postgres: arguments.postgres.map(|url| (url, folder.join("postgres"))),
        peer,
        guildhall: arguments.guildhall.map_or_else(servers::sibling, Ok)?,
        amount,
        runs: runs.max(1),
        seconds,
        writes,
        deleted: if arguments.quick { 100 } else { 10_000 },
        log: arguments.log,
        only: arguments.only,
        is_quick: arguments.quick,
        skipped,
    })
}

fn write(results: &Results, json: &std::path::Path, docs: Option<&std::path::Path>) -> Result<()> {
    println!("{}", table::text(results));
    let text = serde_json::to_string_pretty(results)?;
    std::fs::write(json, text + "\n").with_context(|| json.display().to_string())?;
    eprintln!("written: {}", json.display());
    if let Some(docs) = docs {
        page::write(results, docs)?;
    }
    Ok(())
}
