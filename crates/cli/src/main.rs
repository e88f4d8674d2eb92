//! The `guildhall` command: a server compatible with the Clerk Backend API, and its tools.
//!
//! `serve` runs the server; `instances`, `keys`, `migrate` and `doctor` work on its database,
//! `backup` and `restore` on its data folder, `copy` on two databases; `members`, `organizations`,
//! `users`, `roles`, `permissions`, `role-sets`, `sessions`, `settings`, `check` and `api` call the API.
//! Each command is one file with a `run`; what they share is here: how they [print](output),
//! [end](exit) and [fail](failure). Start with [`cli`], the whole command line.

mod api;
mod backup;
mod check;
mod cli;
mod completions;
mod config;
mod config_command;
mod confirm;
mod connection;
mod copy;
mod database;
mod doctor;
mod environment;
mod exec;
mod exit;
mod failure;
mod folder;
mod instances;
mod keyed;
mod keys;
mod listing;
mod man;
mod members;
mod metadata;
mod migrate;
mod new_key;
mod organizations;
mod output;
mod permissions;
mod restore;
mod role_sets;
mod roles;
mod secret_key;
mod serve;
mod sessions;
mod settings;
mod text;
mod users;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::exit::ExitStatus;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = run(Cli::read()).await;
    outcome.unwrap_or_else(|error| failure::report(&error)).into()
}

async fn run(cli: Cli) -> anyhow::Result<ExitStatus> {
    match cli.command {
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Instances(arguments) => instances::run(arguments).await,
        Command::Keys(arguments) => keys::run(arguments).await,
        Command::Members(arguments) => members::run(arguments).await,
        Command::Organizations(arguments) => organizations::run(arguments).await,
        Command::Users(arguments) => users::run(arguments).await,
        Command::Roles(arguments) => roles::run(arguments).await,
        Command::Permissions(arguments) => permissions::run(arguments).await,
        Command::RoleSets(arguments) => role_sets::run(arguments).await,
        Command::Sessions(arguments) => sessions::run(arguments).await,
        Command::Settings(arguments) => settings::run(arguments).await,
        Command::Check(arguments) => check::run(arguments).await,
        Command::Api(arguments) => api::run(arguments).await,
        Command::Exec(arguments) => exec::run(arguments).await,
        Command::Env(arguments) => environment::run(&arguments),
        Command::Doctor(arguments) => doctor::run(arguments).await,
        Command::Migrate(arguments) => migrate::run(arguments).await,
        Command::Backup(arguments) => backup::run(arguments).await,
        Command::Restore(arguments) => restore::run(arguments).await,
        Command::Copy(arguments) => copy::run(arguments).await,
        Command::Config(arguments) => config_command::run(*arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    }
}
