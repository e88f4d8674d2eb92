//! A PostgreSQL of a test's own, to be killed.

use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use guildhall_store::PostgresSettings;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use crate::{skip, until};

/// The user that PostgreSQL runs as where the tests run as root, which it refuses.
const USER: &str = "postgres";

/// A cluster in a temporary folder; it ends when it is dropped.
pub(crate) struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    options: Vec<String>,
    process: Option<Child>,
}

impl Cluster {
    /// Makes a cluster that lets everybody in by the rules in `access`, the lines of `pg_hba.conf`;
    /// whoever comes by its socket is let in anyway. It is not started.
    pub(crate) fn make_or_skip(access: &str) -> Option<Self> {
        let Some(programs) = programs() else { return skip("there is no `initdb`") };
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        give(folder.path());
        let data = folder.path().join("data");
        let mut initdb = as_user(&programs.join("initdb"));
        initdb.args(["--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust"]);
        initdb.args(["--username=postgres", "-D"]).arg(&data).stdout(Stdio::null());
        assert!(initdb.status().expect("initdb runs").success());
        let rules = format!("local all all trust\n{access}\n");
        std::fs::write(data.join("pg_hba.conf"), rules).expect("the rules can be written");
        Some(Self { folder, programs, port: free_port(), options: Vec::new(), process: None })
    }

    /// Sets options of the server, from its next start on.
    pub(crate) fn set(&mut self, options: &[&str]) {
        self.options = options.iter().map(|option| (*option).to_owned()).collect();
    }

    /// Starts it, and waits until it lets somebody in.
    pub(crate) async fn start(&mut self) {
        let started = self.launch();
        self.process = Some(started);
        until("PostgreSQL is up", async || {
            // Who was killed may still hold the memory that is shared.
            let ended =
                self.process.as_mut().is_some_and(|it| matches!(it.try_wait(), Ok(Some(_))));
            if ended {
                self.process = Some(self.launch());
            }
            self.connect().await.is_ok()
        })
        .await;
    }

    fn launch(&self) -> Child {
        let mut postgres = as_user(&self.programs.join("postgres"));
        postgres.arg("-D").arg(self.folder.path().join("data"));
        let socket = format!("unix_socket_directories={}", self.folder.path().display());
        let port = format!("port={}", self.port);
        let fixed = [&port, &socket, "listen_addresses=localhost", "fsync=off"];
        for option in fixed.into_iter().chain(self.options.iter().map(String::as_str)) {
            postgres.args(["-c", option]);
        }
        postgres.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("postgres runs")
    }

    /// Sends a signal to its first process, and waits until that has ended.
    pub(crate) async fn end(&mut self, signal: &str) {
        let Some(mut process) = self.process.take() else { return };
        kill(&process, signal);
        until("PostgreSQL has ended", async || matches!(process.try_wait(), Ok(Some(_)))).await;
    }

    /// The folder, for files that it can read.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The URL for a user, at `host`, with these parameters.
    pub(crate) fn url(&self, user: &str, host: &str, parameters: &str) -> String {
        format!("postgres://{user}@{host}:{}/postgres?{parameters}", self.port)
    }

    /// How a server uses it.
    pub(crate) fn settings(&self) -> PostgresSettings {
        PostgresSettings::new(&self.url("postgres", "127.0.0.1", ""))
            .expect("the URL is a good one")
    }

    /// A connection of its owner.
    pub(crate) async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        let mut config = tokio_postgres::Config::new();
        config.host_path(self.folder.path()).port(self.port).user("postgres").dbname("postgres");
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            kill(process, "QUIT");
            let _ = process.wait();
        }
    }
}

fn kill(process: &Child, signal: &str) {
    let mut kill = Command::new("sh");
    kill.args(["-c", &format!("kill -{signal} {}", process.id())]);
    assert!(kill.status().expect("sh runs").success());
}

/// Where the programs of the newest PostgreSQL are.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().find(|folder| folder.join("initdb").exists())
}

/// Whether this is root.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// A program that is not run as root.
pub(crate) fn as_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", USER, "--clear-groups", "--"]).arg(program);
    command.current_dir("/");
    command
}

/// Gives a file or folder to whom [`as_user`] runs programs as, and to nobody else.
pub(crate) fn give(path: &Path) {
    if is_root() {
        let chown = Command::new("chown").arg(USER).arg(path).status();
        assert!(chown.expect("chown runs").success());
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}
