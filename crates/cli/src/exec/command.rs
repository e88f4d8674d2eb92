//! The command that has a server of its own.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;

use anyhow::{Context, Result};
use guildhall_sdk::SecretString;
use secrecy::ExposeSecret;
use tokio::process::{Child, Command};

use super::signals::Signals;
use crate::exit::ExitStatus;
use crate::failure;

/// What shells exit with where there is no such command.
const NOT_FOUND: u8 = 127;
/// What shells exit with where the command cannot be run.
const NOT_RUNNABLE: u8 = 126;
/// What shells add to the number of the signal that ended a command.
const SIGNALLED: i32 = 128;
/// Variables that would lead clients, or this command itself, to another server.
const TAKEN_AWAY: [&str; 12] = [
    "CLERK_SECRET_KEY_FILE",
    "GUILDHALL_BIND",
    "GUILDHALL_CONFIG",
    "GUILDHALL_DATA",
    "GUILDHALL_LOG",
    "GUILDHALL_METRICS_BIND",
    "GUILDHALL_PRODUCTION_SESSIONS",
    "GUILDHALL_PUBLIC_URL",
    "GUILDHALL_SECRET_KEY",
    "GUILDHALL_SECRET_KEY_FILE",
    "GUILDHALL_SERVER_KEY_FILE",
    "GUILDHALL_TRUSTED_PROXIES",
];

/// Runs the command to its end, and passes signals on to it.
pub(super) async fn run(
    command: &[OsString],
    base_url: &str,
    secret_key: &SecretString,
    mut signals: Signals,
) -> Result<ExitStatus> {
    let (program, arguments) = command.split_first().context("there is no command to run")?;
    let mut command = Command::new(program);
    command.args(arguments);
    for name in TAKEN_AWAY {
        command.env_remove(name);
    }
    command.env("CLERK_API_URL", base_url).env("CLERK_SECRET_KEY", secret_key.expose_secret());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ok(not_started(program, error)),
    };
    loop {
        tokio::select! {
            status = child.wait() => return Ok(exit_of(status?)),
            signal = signals.next() => pass_on(signal, &child),
        }
    }
}

fn not_started(program: &OsString, error: io::Error) -> ExitStatus {
    let code = match error.kind() {
        io::ErrorKind::NotFound => NOT_FOUND,
        _ => NOT_RUNNABLE,
    };
    let cannot = format!("cannot run `{}`", program.display());
    failure::report(&anyhow::Error::new(error).context(cannot));
    ExitStatus::Code(code)
}

fn exit_of(status: std::process::ExitStatus) -> ExitStatus {
    let signal = status.signal().map(|signal| SIGNALLED + signal);
    let code = status.code().or(signal).and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitStatus::Failed, ExitStatus::Code)
}

fn pass_on(signal: rustix::process::Signal, child: &Child) {
    let process = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(process) = process.and_then(rustix::process::Pid::from_raw) {
        // It may have ended meanwhile, which is what the signal wants.
        let _ = rustix::process::kill_process(process, signal);
    }
}
