//! `guildhall serve` as a process of its own.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::api::Api;

/// How long something may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that is about to be started.
pub(crate) struct Start {
    data: PathBuf,
    preparation: String,
    variables: Vec<(&'static str, OsString)>,
}

impl Start {
    /// A server on the data in `data`, at a free port.
    pub(crate) fn on(data: &Path) -> Self {
        Self { data: data.to_owned(), preparation: String::new(), variables: Vec::new() }
    }

    /// Sets a variable of its environment.
    pub(crate) fn variable(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name, value.as_ref().to_owned()));
        self
    }

    /// Has the shell run `script` before it becomes the server.
    pub(crate) fn after(mut self, script: &str) -> Self {
        self.preparation = format!("{script}; ");
        self
    }

    /// Lets no file grow beyond so many blocks of 512 bytes, or 1024 where the shell counts so.
    pub(crate) fn file_limit(self, blocks: u32) -> Self {
        // Ignored, the signal becomes an error of the write, as on a full disk.
        self.after(&format!("trap '' XFSZ; ulimit -S -f {blocks}"))
    }

    fn command(&self) -> Command {
        let mut command = Command::new("sh");
        let script = format!("{}exec \"$0\" serve --bind 127.0.0.1:0", self.preparation);
        command.args(["-c", &script, env!("CARGO_BIN_EXE_guildhall")]);
        clear_environment(&mut command);
        // Others may be at the address of the default.
        command.env("GUILDHALL_METRICS_BIND", "off");
        command.env("GUILDHALL_DATA", &self.data).envs(self.variables.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the process, whether it gets to listen or not.
    pub(crate) fn spawn(&self) -> Child {
        self.command().spawn().unwrap()
    }

    /// Runs the process, which must end by itself.
    pub(crate) fn fail(&self) -> Output {
        let child = self.spawn();
        child.wait_with_output().unwrap()
    }

    /// Runs the server until it has said where it listens.
    pub(crate) fn start(&self) -> Server {
        let started = Instant::now();
        let mut child = self.spawn();
        let mut stderr = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut welcome = String::new();
        while !welcome.contains("curl ") {
            if stdout.read_line(&mut welcome).unwrap() == 0 {
                panic!("the server did not start: {}", log.join().unwrap());
            }
        }
        let log = Some(log);
        Server { child, welcome, started, log, data: self.data.clone(), _stdout: stdout }
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    welcome: String,
    pub(crate) started: Instant,
    log: Option<JoinHandle<String>>,
    data: PathBuf,
    // Closed, it would be a broken pipe to the server.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn base_url(&self) -> &str {
        self.line("CLERK_API_URL=")
    }

    pub(crate) fn secret_key(&self) -> &str {
        self.line("CLERK_SECRET_KEY=")
    }

    fn line(&self, name: &str) -> &str {
        self.welcome.lines().find_map(|line| line.strip_prefix(name)).unwrap()
    }

    pub(crate) fn api(&self) -> Api {
        Api::new(self.base_url(), self.secret_key())
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The host and port that it listens on.
    pub(crate) fn address(&self) -> &str {
        self.base_url().strip_prefix("http://").unwrap()
    }

    /// How large the log of the database is, in bytes.
    pub(crate) fn log_bytes(&self) -> u64 {
        fs::metadata(self.data.join("guildhall.db-wal")).map_or(0, |file| file.len())
    }

    /// Resident memory, in kibibytes.
    pub(crate) fn resident_kibibytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Ends it as a loss of power would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "it ended by itself: {status}");
    }

    /// Waits until it has ended; gives how, and all that it logged.
    pub(crate) fn wait(&mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        (status, self.log.take().unwrap().join().unwrap())
    }

    /// Ends it by SIGTERM, which must go well; gives all that it logged.
    pub(crate) fn stop(mut self) -> String {
        self.signal("TERM");
        let (status, log) = self.wait();
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, which is what most tests want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Any other command on a data folder.
pub(crate) fn run(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    clear_environment(&mut command);
    command.args(arguments).env("GUILDHALL_DATA", data).output().unwrap()
}

fn clear_environment(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CLERK_", "GUILDHALL_", "RUST_"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
}

/// A folder for data that is not made yet, inside of a temporary one.
pub(crate) fn data_folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    (folder, data)
}

/// The only line on stderr of a server that could not start.
#[track_caller]
pub(crate) fn only_line(output: &Output) -> &str {
    let text = std::str::from_utf8(&output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(output.stdout.is_empty());
    assert_eq!(text.lines().count(), 1, "{text}");
    text.trim_end()
}

/// Looks again and again until something is so, which it must be in time.
#[track_caller]
pub(crate) fn until<T>(
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let started = Instant::now();
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            assert!(started.elapsed() < PATIENCE, "{caller}: not in time: {what}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
