//! A PostgreSQL cluster of the harness's own, which can be killed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::cable::Cable;
use crate::process::{append, free_port, signal};

/// How long it may take to take connections.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
/// Who runs it where the harness is run by root, which PostgreSQL refuses.
const USER: &str = "postgres";

/// A cluster, and a cable to it; ended and removed when dropped.
#[derive(Debug)]
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    log: PathBuf,
    is_root: bool,
    port: u16,
    server: Child,
    cable: Cable,
}

/// Where the programs of PostgreSQL are; `None` where they are not installed, which fails where
/// `CI` is `true`.
pub(crate) fn programs() -> Result<Option<PathBuf>> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    // Debian keeps them out of the path, a folder for each version.
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    let found = folders.into_iter().find(|folder| {
        ["initdb", "postgres", "pg_isready"].iter().all(|program| folder.join(program).is_file())
    });
    let is_needed = std::env::var_os("CI").is_some_and(|value| value == "true");
    ensure!(found.is_some() || !is_needed, "PostgreSQL is not installed");
    Ok(found)
}

impl Cluster {
    /// Makes a cluster in a temporary folder and starts it; what it says goes to `log`.
    pub(crate) async fn new(programs: PathBuf, log: PathBuf) -> Result<Self> {
        let folder = tempfile::tempdir().context("no temporary folder can be made")?;
        let is_root = is_root().await?;
        if is_root {
            succeed(Command::new("chown").arg(USER).arg(folder.path())).await?;
        }
        let mut initdb = command(&programs, "initdb", is_root);
        initdb.args(["--auth=trust", "--encoding=UTF8", "--username=postgres", "--no-sync"]);
        initdb.arg("--pgdata").arg(folder.path().join("data"));
        succeed(&mut initdb).await?;
        let port = free_port()?;
        let server = spawn(&programs, folder.path(), &log, is_root, port)?;
        let cable = Cable::new(port).await?;
        let mut cluster = Self { programs, folder, log, is_root, port, server, cable };
        cluster.ready().await?;
        Ok(cluster)
    }

    /// Where servers find it, at the end of the cable.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.cable.port())
    }

    /// Loses what is on its way between the servers and PostgreSQL, which both live on.
    pub(crate) fn cut(&self) {
        self.cable.cut();
    }

    /// Loses the answer to the next commit.
    pub(crate) fn lose_commit(&self) {
        self.cable.lose_commit();
    }

    /// Kills every process of it at once.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        let id = self.server.id().context("PostgreSQL ended by itself")?;
        let children = children(id)?;
        self.server.kill().await.context("PostgreSQL cannot be killed")?;
        for child in children {
            // It may have seen that its parent is gone, and be gone as well.
            let _ = signal("KILL", child).await;
        }
        Ok(())
    }

    /// Ends all connections, whatever goes on in them.
    pub(crate) async fn disconnect(&mut self) -> Result<()> {
        let id = self.server.id().context("PostgreSQL ended by itself")?;
        for child in children(id)? {
            // What serves a connection is called after the address of the client.
            let name = std::fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&name).contains(" 127.0.0.1(") {
                // The client may have gone by itself.
                let _ = signal("TERM", child).await;
            }
        }
        Ok(())
    }

    /// Starts it again and waits until it takes connections.
    pub(crate) async fn start(&mut self) -> Result<()> {
        self.server = self.spawn()?;
        self.ready().await
    }

    fn spawn(&self) -> Result<Child> {
        spawn(&self.programs, self.folder.path(), &self.log, self.is_root, self.port)
    }

    async fn ready(&mut self) -> Result<()> {
        let began = Instant::now();
        let port = self.port.to_string();
        loop {
            let mut ask = command(&self.programs, "pg_isready", false);
            ask.args(["--quiet", "--host=127.0.0.1", "--port", &port]);
            if ask.status().await?.success() {
                set_fsync(self.folder.path(), "on")?;
                let id = self.server.id().context("PostgreSQL ended by itself")?;
                return signal("HUP", id).await;
            }
            ensure!(began.elapsed() < PATIENCE, "PostgreSQL does not get ready");
            tokio::time::sleep(LOOK_INTERVAL).await;
            // It refuses to start while a process of the killed one is left.
            if self.server.try_wait()?.is_some() {
                self.server = self.spawn()?;
            }
        }
    }
}

/// Whether what is written goes to the disk; the delay of commits works only where it does.
fn set_fsync(folder: &Path, value: &str) -> Result<()> {
    let file = folder.join("data/postgresql.auto.conf");
    std::fs::write(file, format!("fsync = {value}\n")).context("PostgreSQL cannot be set up")
}

fn spawn(programs: &Path, folder: &Path, log: &Path, is_root: bool, port: u16) -> Result<Child> {
    let log = append(log)?;
    let mut postgres = command(programs, "postgres", is_root);
    postgres.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    postgres.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    // Where a commit takes its time, a kill more often leaves open whether it was done.
    postgres.args(["-c", "commit_delay=10000", "-c", "commit_siblings=0"]);
    // To recover, nothing needs to be on the disk: only processes are killed, not the machine.
    set_fsync(folder, "off")?;
    postgres.stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
    postgres.spawn().context("PostgreSQL cannot be run")
}

/// A program of PostgreSQL, not run by root.
fn command(programs: &Path, program: &str, is_root: bool) -> Command {
    let program = programs.join(program);
    let mut command = if is_root {
        // It becomes the program, which therefore can be killed by its id, and ends with this one.
        let mut command = Command::new("setpriv");
        command.args(["--reuid", USER, "--regid", USER, "--clear-groups", "--pdeathsig", "KILL"]);
        command.arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/").stdin(Stdio::null());
    command
}

async fn succeed(command: &mut Command) -> Result<()> {
    let output = command.output().await.with_context(|| format!("cannot run {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {said}");
    Ok(())
}

async fn is_root() -> Result<bool> {
    let output = Command::new("id").arg("-u").output().await.context("cannot run `id`")?;
    Ok(output.stdout.trim_ascii() == b"0")
}

/// The processes that a process has started.
fn children(parent: u32) -> Result<Vec<u32>> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let list = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    Ok(list.split_whitespace().filter_map(|id| id.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cluster_that_was_killed_takes_connections_again() -> Result<()> {
        let Some(programs) = programs()? else {
            println!("skipped: PostgreSQL is not installed");
            return Ok(());
        };
        let folder = tempfile::tempdir()?;
        let mut cluster = Cluster::new(programs, folder.path().join("postgres.log")).await?;
        query(&cluster, "CREATE TABLE kept (value int); INSERT INTO kept VALUES (1)").await?;

        cluster.kill().await?;
        let failed = query(&cluster, "SELECT 1").await;
        cluster.start().await?;

        assert!(failed.is_err());
        query(&cluster, "INSERT INTO kept VALUES (2)").await
    }

    #[tokio::test]
    async fn what_was_asked_is_done_although_the_cable_is_cut() -> Result<()> {
        let Some(programs) = programs()? else {
            println!("skipped: PostgreSQL is not installed");
            return Ok(());
        };
        let folder = tempfile::tempdir()?;
        let cluster = Cluster::new(programs, folder.path().join("postgres.log")).await?;
        query(&cluster, "CREATE TABLE kept (value int)").await?;
        // The lock that is waited for tells that the statement has come to the other end.
        let asked = "SELECT pg_advisory_lock(1); INSERT INTO kept SELECT 1 FROM pg_sleep(1)";
        let is_asked = "SELECT 1 / count(*) FROM pg_locks WHERE locktype = 'advisory'";

        let asking = query(&cluster, asked);
        let cutting = async {
            while query(&cluster, is_asked).await.is_err() {}
            cluster.cut();
        };
        let (asked, ()) = tokio::join!(asking, cutting);

        assert!(asked.is_err());
        let kept =
            async { while query(&cluster, "SELECT 1 / count(*) FROM kept").await.is_err() {} };
        tokio::time::timeout(PATIENCE, kept).await.context("it was not done")
    }

    #[tokio::test]
    async fn a_commit_whose_answer_is_lost_is_done() -> Result<()> {
        let Some(programs) = programs()? else {
            println!("skipped: PostgreSQL is not installed");
            return Ok(());
        };
        let folder = tempfile::tempdir()?;
        let cluster = Cluster::new(programs, folder.path().join("postgres.log")).await?;
        let script =
            "CREATE TABLE kept (value int);\nBEGIN;\nINSERT INTO kept VALUES (1);\nCOMMIT\n";
        std::fs::write(folder.path().join("script"), script)?;

        cluster.lose_commit();
        let mut psql = psql(&cluster);
        let asked = succeed(psql.arg("-f").arg(folder.path().join("script"))).await;

        assert!(asked.is_err());
        let kept =
            async { while query(&cluster, "SELECT 1 / count(*) FROM kept").await.is_err() {} };
        tokio::time::timeout(PATIENCE, kept).await.context("it was not done")
    }

    async fn query(cluster: &Cluster, sql: &str) -> Result<()> {
        succeed(psql(cluster).args(["-c", sql])).await
    }

    fn psql(cluster: &Cluster) -> Command {
        let mut psql = command(&cluster.programs, "psql", false);
        psql.args(["--no-psqlrc", "-v", "ON_ERROR_STOP=1", &cluster.url()]);
        psql
    }
}
