//! Servers as processes of their own, on a core of their own.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::data::Place;
use crate::machine::{Cores, pin};
use crate::wire::{Request, Target};

/// How long a server may take to answer first.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs until it is dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) target: Target,
    metrics: Option<SocketAddr>,
    /// From the start of the process to its first good answer.
    pub(crate) started_within: Duration,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It is gone already where this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How many operations Guildhall has written, in how many commits.
    ///
    /// # Errors
    /// Where it shows no metrics.
    pub(crate) async fn commits(&self) -> Result<(f64, f64)> {
        let address = self.metrics.context("this server shows no metrics")?;
        let target = Target { address, headers: "connection: close\r\n".to_owned() };
        let answer = target.ask(&target.get("/metrics")).await?;
        let text = String::from_utf8(answer.body)?;
        let of = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().last()?.parse::<f64>().ok()
        };
        let sum = of("guildhall_store_batch_operations_sum");
        sum.zip(of("guildhall_store_batch_operations_count")).context("no such metric")
    }
}

/// How servers are started.
pub(crate) struct Start<'a> {
    pub(crate) cores: Cores,
    /// The binary `guildhall`, or this program, which serves as well.
    pub(crate) guildhall: &'a Path,
    /// What Guildhall logs.
    pub(crate) log: &'a str,
}

impl Start<'_> {
    /// Guildhall on the data of `place`, which is in `folder` or kept beside it there.
    ///
    /// # Errors
    /// Where it does not start.
    pub(crate) async fn guildhall(&self, place: &Place, folder: &Path) -> Result<Running> {
        let (address, metrics) = (free_address()?, free_address()?);
        let mut command = Command::new(self.guildhall);
        command.arg("serve").arg("--data").arg(folder);
        command.args(["--bind", &address.to_string(), "--metrics-bind", &metrics.to_string()]);
        if let Place::Postgres(url) = place {
            command.args(["--database-url", url]);
        }
        command.env("GUILDHALL_LOG", self.log);
        let mut running = self.run(command, address, "/healthz").await?;
        let key = std::fs::read_to_string(folder.join("development-key"))
            .or_else(|_| std::fs::read_to_string(folder.join("secret-key")))
            .context("the folder holds no development key")?;
        running.target.headers = format!("authorization: Bearer {}\r\n", key.trim());
        running.metrics = Some(metrics);
        Ok(running)
    }

    /// The static answers.
    ///
    /// # Errors
    /// Where it does not start.
    pub(crate) async fn fixed(&self) -> Result<Running> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["fixed", "--bind", &address.to_string()]);
        self.run(command, address, "/none").await
    }

    /// The bare server of writes, on the data in `folder`.
    ///
    /// # Errors
    /// Where it does not start.
    pub(crate) async fn bare(&self, folder: &Path) -> Result<Running> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bare", "--bind", &address.to_string(), "--data"]).arg(folder);
        self.run(command, address, "/none").await
    }

    /// The peer, a script for Node.js in `folder`, with its data in `data`.
    ///
    /// # Errors
    /// Where it does not start.
    pub(crate) async fn peer(&self, folder: &Path, data: &Path, members: usize) -> Result<Running> {
        let address = free_address()?;
        let mut command = Command::new("node");
        command.arg("server.mjs").arg(address.port().to_string()).arg(data);
        command.arg(members.to_string()).current_dir(folder).env("NODE_ENV", "production");
        self.run(command, address, "/ready").await
    }

    /// Starts a process on the servers' core and waits for any answer to `path`.
    async fn run(&self, mut command: Command, address: SocketAddr, path: &str) -> Result<Running> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let begun = Instant::now();
        // What is started inherits the core of who starts it.
        pin(self.cores.server)?;
        let child = command.spawn();
        pin(self.cores.load)?;
        let child = child.with_context(|| format!("cannot start {command:?}"))?;
        let target = Target { address, headers: String::new() };
        let mut running =
            Running { child, target, metrics: None, started_within: Duration::default() };
        let question = Request::new("GET", path, "", None);
        while running.target.ask(&question).await.is_err() {
            if let Some(status) = running.child.try_wait()? {
                bail!("{command:?} ended: {status}");
            }
            if begun.elapsed() > PATIENCE {
                bail!("{command:?} does not answer");
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        running.started_within = begun.elapsed();
        Ok(running)
    }
}

/// An address that was free a moment ago.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// The binary `guildhall` beside this program.
///
/// # Errors
/// Where it was not built.
pub(crate) fn sibling() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("guildhall");
    if !path.exists() {
        bail!(
            "{} is not there: build it with `cargo build --release -p guildhall-cli`, or name it \
             by `--guildhall`",
            path.display()
        );
    }
    Ok(path)
}
