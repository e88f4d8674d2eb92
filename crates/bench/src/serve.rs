//! Guildhall in this program, for where the command `guildhall` was not built.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use guildhall_server::{MetricsBind, Server, Settings};
use guildhall_store::PostgresSettings;
use tokio::signal::unix::{SignalKind, signal};

/// The flags of `guildhall serve` that a run gives.
#[derive(Args)]
pub(crate) struct ServeArguments {
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    bind: SocketAddr,
    #[arg(long)]
    metrics_bind: SocketAddr,
    #[arg(long)]
    database_url: Option<String>,
}

/// Serves until it is told to stop.
///
/// # Errors
/// Where the server does not start or stops badly.
pub(crate) async fn run(arguments: ServeArguments) -> Result<()> {
    let mut settings = Settings::new(arguments.data);
    settings.bind = arguments.bind;
    settings.metrics_bind = MetricsBind::At(arguments.metrics_bind);
    settings.postgres = arguments.database_url.as_deref().map(PostgresSettings::new).transpose()?;
    let mut stop = signal(SignalKind::terminate())?;
    let server = Server::start(settings).await?;
    Ok(server
        .run(async move {
            stop.recv().await;
        })
        .await?)
}
