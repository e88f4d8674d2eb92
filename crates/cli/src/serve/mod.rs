//! `guildhall serve`: runs the server until a signal ends it.

mod database;
pub(crate) mod logs;
mod settings;
mod signals;
mod welcome;

use std::io::Write;

use anyhow::{Context, Result};
use guildhall_server::Server;

pub(crate) use self::database::DatabasePlan;
pub(crate) use self::settings::{Plan, ServeArguments, ServerArguments};
use self::signals::Signals;
use crate::exit::ExitStatus;

pub(crate) async fn run(arguments: ServeArguments) -> Result<ExitStatus> {
    let file = arguments.file()?;
    let log = arguments.log(&file);
    logs::start(log.text()?).with_context(|| log.name())?;
    let (settings, name_setting) = arguments.plan(&file)?.split();
    // Before anything is printed: who reads the address may send a signal at once.
    let mut signals = Signals::listen()?;
    let server = Server::start(settings).await.map_err(name_setting)?;
    for warning in server.warnings() {
        tracing::warn!("{warning}");
    }
    if let Some(url) = server.metrics_url() {
        tracing::info!(target: "guildhall::metrics", "metrics are read at {url}");
    }
    let welcome = welcome::text(server.base_url(), server.secret_key());
    if let Err(error) = std::io::stdout().write_all(welcome.as_bytes()) {
        tracing::warn!(%error, "the address and the key could not be printed");
    }
    let shutdown = async move {
        signals.next().await;
        tracing::info!("shutting down: requests at work are finished first");
        tokio::spawn(async move {
            signals.next().await;
            // The second time somebody is in a hurry; what was acknowledged is on the disk.
            std::process::exit(2);
        });
    };
    server.run(shutdown).await?;
    Ok(ExitStatus::Done)
}
