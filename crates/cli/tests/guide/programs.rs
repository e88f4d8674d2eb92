//! The programs and packages that blocks run with.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Whether a program is on the path.
pub(crate) fn is_there(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(program).is_file())
}

/// Whether a program is on the path; in CI (`CI=true`) it has to be.
pub(crate) fn is_there_or_said(program: &str) -> bool {
    let there = is_there(program);
    if !there {
        eprintln!("blocks that need `{program}` are not run: it is not on the path");
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "CI needs `{program}`");
    }
    there
}

/// What a block of Python runs with.
pub(crate) enum Python {
    /// It has the packages of the block.
    Complete(PathBuf),
    /// It can only tell whether the block is Python.
    Parses(PathBuf),
}

/// The suites of `tests/clients` install packages; a block runs with those of its suite.
pub(crate) fn python(source: &str) -> Option<Python> {
    let clients = root().join("target/clients");
    let environment = if source.contains("clerk_backend_sdk") {
        Some(clients.join("seed_python/venv"))
    } else if source.contains("clerk_backend_api") {
        newest(&clients.join("python")).map(|release| release.join("venv"))
    } else {
        None
    };
    let inside = environment.map(|environment| environment.join("bin/python"));
    match inside.filter(|python| python.is_file()) {
        Some(python) => Some(Python::Complete(python)),
        None if source.contains("clerk_backend_") => python_alone().map(Python::Parses),
        None => python_alone().map(Python::Complete),
    }
}

/// The real path, as one on PATH may be a script that asks the home folder for it.
fn python_alone() -> Option<PathBuf> {
    if !is_there_or_said("python3") {
        return None;
    }
    let arguments = ["-c", "import sys; print(sys.executable)"];
    let output = Command::new("python3").args(arguments).output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

/// The packages of the newest release of the suite for Node, if it has run.
pub(crate) fn node_modules() -> Option<PathBuf> {
    let release = newest(&root().join("target/clients/node"))?;
    Some(release.join("node_modules")).filter(|packages| packages.is_dir())
}

/// The folder whose name is the highest version.
fn newest(folder: &Path) -> Option<PathBuf> {
    let version = |path: &PathBuf| -> Option<Vec<u32>> {
        path.file_name()?.to_str()?.split('.').map(|part| part.parse().ok()).collect()
    };
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    entries.filter(|path| version(path).is_some()).max_by_key(version)
}
