//! What the command takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::checker::BUDGET;

/// Records what many clients of several servers are told amid kills, and decides whether it can be
/// true.
///
/// Exits with 0 where every history is right, 1 where one is wrong or undecided, 2 where the
/// harness itself failed.
#[derive(Debug, Parser)]
#[command(name = "guildhall-histories")]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Record a history and judge it.
    Run(Run),
    /// Judge a history that was kept.
    Check(Check),
}

/// How to record.
#[derive(Clone, Debug, Args)]
pub struct Run {
    /// Where the data is
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    pub database: Database,
    /// How many servers; SQLite takes one only; three on PostgreSQL when not given
    #[arg(long)]
    pub processes: Option<usize>,
    /// How many clients call at a time
    #[arg(long, default_value_t = 12)]
    pub clients: u32,
    /// How long they call, in seconds
    #[arg(long, default_value_t = 20)]
    pub seconds: u64,
    /// Brings the calls and kills back, though not their moments
    #[arg(long)]
    pub seed: Option<u64>,
    /// How many histories, with seeds that follow each other, unless one is wrong
    #[arg(long, default_value_t = 1)]
    pub runs: u64,
    /// Something is killed or stopped so often, in milliseconds on average
    #[arg(long, default_value_t = 1500)]
    pub kill_every: u64,
    /// Kill and stop nothing
    #[arg(long)]
    pub no_kills: bool,
    /// The server to run; the one beside this program when not given
    #[arg(long, value_name = "FILE")]
    pub guildhall: Option<PathBuf>,
    /// Keep the history and the logs in this folder; a wrong one is kept anyhow
    #[arg(long, value_name = "FOLDER")]
    pub keep: Option<PathBuf>,
    /// How many states the search may visit for each organization
    #[arg(long, default_value_t = BUDGET)]
    pub budget: usize,
}

/// What to judge.
#[derive(Debug, Args)]
pub struct Check {
    /// Histories, a JSON object a line
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// How many states the search may visit for each organization
    #[arg(long, default_value_t = BUDGET)]
    pub budget: usize,
}

/// Where the data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Database {
    /// SQLite in the data folder.
    Sqlite,
    /// A PostgreSQL cluster that the harness makes.
    Postgres,
}
