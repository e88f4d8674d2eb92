//! A password for a user: never on the command line, which shows in the list of processes.

use std::io::Read;

use anyhow::{Context, Result, bail};

/// Reads the password from a file, or from stdin for `-`; `None` where no path is given.
///
/// A line break at the end does not count.
pub(super) fn read(path: Option<&str>) -> Result<Option<String>> {
    let Some(path) = path else { return Ok(None) };
    let mut text = String::new();
    let read = match path {
        "-" => std::io::stdin().read_to_string(&mut text),
        path => std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)),
    };
    read.with_context(|| format!("`--password-file`: cannot read `{path}`"))?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() {
        bail!("`--password-file`: `{path}` is empty");
    }
    Ok(Some(password.to_owned()))
}
