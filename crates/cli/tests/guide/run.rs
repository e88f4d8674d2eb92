//! Runs the blocks of a page in their order, in one shell and one folder.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::blocks::{Block, Page, blocks};
use crate::programs;
use crate::script::{FAILED, Script, is_run};
use crate::terminal::Terminal;
use crate::transcript::differences;

/// The addresses and the folders that pages name; a test takes others.
const ADDRESS: &str = "127.0.0.1:4600";
const METRICS: &str = "127.0.0.1:4601";
const DATA: &str = "/var/lib/guildhall";
const BACKUP: &str = "/var/backups/guildhall";

/// What is there when the reader begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    Nothing,
    /// `guildhall serve` in the folder, without settings but the address.
    Server,
}

/// Stops with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, which the page has then told.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is wrong with the page, with file and line.
pub(crate) fn run(page: &Page, before: Before) -> Result<(), String> {
    if !(programs::is_there_or_said("bash") && programs::is_there_or_said("curl")) {
        return Ok(());
    }
    let folder = folder();
    let address = free_address();
    let metrics = free_address();
    let page = &at_home(page, &address, &metrics, folder.path());
    let terminal = Terminal::new();
    let blocks = blocks(page)?;
    let files = folder.path().join("blocks");
    let script = Script::new(page, &files, &terminal.path).of(&blocks)?;
    std::fs::write(folder.path().join("script"), script).expect("it can be written");

    let server = (before == Before::Server).then(|| serve(folder.path(), &address));
    let output = shell(folder.path(), server.as_ref().map(|_| address.as_str()), &metrics);

    failure(page, folder.path(), &output)?;
    let is_shown = |block: &Block| block.language == "console" && is_run(block);
    let shown: Vec<Block> = blocks.into_iter().filter(is_shown).collect();
    match differences(page, &shown, &terminal.text()).as_slice() {
        [] => Ok(()),
        differences => Err(differences.join("\n\n")),
    }
}

/// Holds the folder that the reader is in, the home folder, and what blocks are written to.
fn folder() -> TempDir {
    let folder = TempDir::new().expect("a folder can be made");
    for name in ["page", "home", "blocks"] {
        std::fs::create_dir(folder.path().join(name)).expect("it can be made");
    }
    folder
}

/// Runs the script; readers have a running server at the address that commands go by.
///
/// Metrics of a server that the page starts are at `metrics`.
fn shell(folder: &Path, server: Option<&str>, metrics: &str) -> Output {
    let mut command = command(folder, "bash");
    command.env("GUILDHALL_METRICS_BIND", metrics);
    if let Some(address) = server {
        command.env("GUILDHALL_BIND", address);
    }
    command.arg(folder.join("script")).output().expect("there is a shell")
}

fn failure(page: &Page, folder: &Path, output: &Output) -> Result<(), String> {
    // The shell names its script where it tells of a fault itself.
    let script = format!("{}: line ", folder.join("script").display());
    let stderr = String::from_utf8_lossy(&output.stderr);
    let stderr = stderr.replace(&script, &format!("{}:", page.name));
    // A failure within `export NAME=$(…)` does not end a script.
    match output.status.success() && !stderr.contains(FAILED) {
        true => Ok(()),
        false => Err(format!("{} failed:\n{stderr}", page.name)),
    }
}

/// Any port could be taken on this machine; another process is unlikely to take this one next.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it is bound").to_string()
}

fn at_home(page: &Page, address: &str, metrics: &str, folder: &Path) -> Page {
    let folder = folder.to_str().expect("the path is UTF-8");
    let text = page.text.replace(ADDRESS, address).replace(METRICS, metrics);
    let text = text.replace(DATA, &format!("{folder}/data"));
    Page { name: page.name.clone(), text: text.replace(BACKUP, &format!("{folder}/backups")) }
}

/// A command without the settings around the test, with `guildhall` on the path.
fn command(folder: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CLERK_", "GUILDHALL_", "PYTHON"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_guildhall")).parent().expect("it is in a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(binary.to_owned()).chain(std::env::split_paths(&path));
    command
        .env("PATH", std::env::join_paths(path).expect("no folder has a colon in its name"))
        .env("HOME", folder.join("home"))
        .env("NO_PROXY", "127.0.0.1")
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .current_dir(folder.join("page"))
        .stdin(Stdio::null());
    command
}

/// Waits until the server has said where it listens.
fn serve(folder: &Path, address: &str) -> Server {
    let mut command = command(folder, "guildhall");
    command
        .args(["serve", "--bind", address, "--log", "off"])
        .env("GUILDHALL_METRICS_BIND", "off")
        .stdout(Stdio::piped());
    let mut child = command.spawn().expect("the binary can be run");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    while !line.starts_with("curl ") {
        line.clear();
        assert!(stdout.read_line(&mut line).is_ok_and(|read| read > 0), "the server ended");
    }
    Server(child)
}
