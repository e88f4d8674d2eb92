//! `guildhall exec`: a throw-away server for one command.

mod command;
mod signals;

use std::ffi::OsString;

use anyhow::{Context, Result};
use clap::Args;
use guildhall_server::{MetricsBind, Server, Settings};
use tokio::sync::oneshot;

use self::signals::Signals;
use crate::exit::ExitStatus;
use crate::serve::logs;

/// Run a command with a server of its own.
///
/// The server listens on a free port of this machine, is empty and has its data in a temporary
/// folder. CLERK_API_URL and CLERK_SECRET_KEY lead the command to it; the variables that guildhall
/// itself reads are taken away. When the command ends the server and the folder are gone, and its
/// exit code is passed on: 128 and the number of the signal where one ended it, 127 where there is
/// no such command, 126 where it cannot be run. SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on
/// to it.
#[derive(Debug, Args)]
#[command(override_usage = "guildhall exec [OPTIONS] -- <COMMAND>...")]
pub(crate) struct ExecArguments {
    /// What the server logs, to stderr; filters are those of `guildhall serve`
    #[arg(long, value_name = "FILTER", default_value = "error")]
    log: String,
    /// The command, and what belongs to it
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

pub(crate) async fn run(arguments: ExecArguments) -> Result<ExitStatus> {
    logs::start(&arguments.log).context("`--log`")?;
    let signals = Signals::listen()?;
    let folder = tempfile::Builder::new().prefix("guildhall-").tempdir();
    let folder = folder.context("a temporary folder cannot be made")?;
    let mut settings = Settings::new(folder.path().join("data"));
    settings.bind.set_port(0);
    settings.metrics_bind = MetricsBind::Off;
    let server = Server::start(settings).await?;
    let base_url = server.base_url().to_owned();
    let secret_key = server.secret_key().context("a new server has a key")?.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async {
        // It ends when the sender is dropped, too.
        let _ = stopped.await;
    }));
    let outcome = command::run(&arguments.command, &base_url, &secret_key, signals).await;
    drop(stop);
    serving.await??;
    folder.close().context("the temporary folder cannot be removed")?;
    outcome
}
