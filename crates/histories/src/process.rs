//! `guildhall serve` as processes that can be killed, stopped and started again.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::process::{Child, Command};

use crate::http::{Http, SECRET_KEY};

/// How long a server may take to be ready or to end.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// How a server is started.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The `guildhall` to run.
    pub(crate) guildhall: PathBuf,
    /// Its data folder.
    pub(crate) data: PathBuf,
    /// The PostgreSQL database; SQLite in the data folder when `None`.
    pub(crate) database_url: Option<String>,
    /// What it says goes here.
    pub(crate) log: PathBuf,
    /// Where it listens.
    pub(crate) port: u16,
}

impl Plan {
    pub(crate) fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A command on the data of this server, without anything of the caller's environment.
    pub(crate) fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(&self.guildhall);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if ["CLERK_", "GUILDHALL_", "RUST_"].iter().any(|prefix| text.starts_with(prefix)) {
                command.env_remove(&name);
            }
        }
        command.arg(subcommand).arg("--data").arg(&self.data);
        if let Some(url) = &self.database_url {
            command.args(["--database-url", url]);
        }
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    fn spawn(&self) -> Result<Child> {
        let log = append(&self.log)?;
        let mut command = self.command("serve");
        command
            .args(["--bind", &format!("127.0.0.1:{}", self.port)])
            .env("GUILDHALL_SECRET_KEY", SECRET_KEY)
            // A line for each request would cost more than the request.
            .env("GUILDHALL_LOG", "warn")
            .stdout(log.try_clone()?)
            .stderr(log);
        let guildhall = self.guildhall.display();
        command.spawn().with_context(|| format!("cannot run {guildhall}"))
    }
}

/// Opens a log to write on.
pub(crate) fn append(path: &Path) -> Result<File> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.with_context(|| format!("cannot write {}", path.display()))
}

/// A server that runs, or was killed and will run again; killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) plan: Plan,
    child: Child,
    http: Http,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub(crate) async fn start(plan: Plan, http: Http) -> Result<Self> {
        let child = plan.spawn()?;
        let mut server = Self { plan, child, http };
        server.ready().await?;
        Ok(server)
    }

    /// Waits until it takes requests. One that ends meanwhile, as without its database, is started
    /// again.
    async fn ready(&mut self) -> Result<()> {
        let began = Instant::now();
        while !self.http.is_ready(&self.plan.base_url()).await {
            let log = self.plan.log.display();
            ensure!(began.elapsed() < PATIENCE, "a server does not get ready; see {log}");
            tokio::time::sleep(LOOK_INTERVAL).await;
            if self.child.try_wait()?.is_some() {
                self.child = self.plan.spawn()?;
            }
        }
        Ok(())
    }

    /// Fails where it has ended by itself.
    pub(crate) fn ensure_running(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("a server ended by itself: {status}; see {}", self.plan.log.display());
        }
        Ok(())
    }

    /// Ends it as a loss of power would.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        self.ensure_running()?;
        self.child.kill().await.context("a server cannot be killed")
    }

    /// Starts it again after it was ended, and waits until it is ready.
    pub(crate) async fn start_again(&mut self) -> Result<()> {
        self.child = self.plan.spawn()?;
        self.ready().await
    }

    /// Ends it by SIGTERM, which must go well.
    pub(crate) async fn end(&mut self) -> Result<()> {
        self.ensure_running()?;
        self.signal("TERM").await?;
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = ended.context("a server does not end")??;
        ensure!(
            status.success(),
            "a server ended badly: {status}; see {}",
            self.plan.log.display()
        );
        Ok(())
    }

    /// Sends a signal by its name without `SIG`.
    pub(crate) async fn signal(&mut self, name: &str) -> Result<()> {
        let id = self.child.id().context("the server has ended")?;
        signal(name, id).await
    }
}

/// Sends a signal by its name without `SIG` to a process.
pub(crate) async fn signal(name: &str, id: u32) -> Result<()> {
    let mut kill = Command::new("kill");
    kill.args(["-s", name, &id.to_string()]).stderr(Stdio::null());
    ensure!(kill.status().await?.success(), "process {id} takes no SIG{name}");
    Ok(())
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(listener.local_addr()?.port())
}
