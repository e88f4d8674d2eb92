//! Runs the binary, and shows what it did in a form that is the same every time.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// The command with these arguments, and no setting of the environment around the test.
pub(crate) fn guildhall(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CLERK_") || name.starts_with("GUILDHALL_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    guildhall(arguments).output().expect("the binary can be run")
}

/// Runs `command` with `text` on its stdin.
pub(crate) fn run_with_stdin(mut command: Command, text: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary can be run");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(text.as_bytes()).expect("the command reads its stdin");
    drop(stdin);
    child.wait_with_output().expect("the command ends")
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8")
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("stderr is UTF-8")
}

/// The only line of stdout, read as JSON.
pub(crate) fn json(output: &Output) -> serde_json::Value {
    let stdout = stdout(output);
    assert_eq!(stdout.lines().count(), 1, "{stdout}{}", stderr(output));
    serde_json::from_str(&stdout).expect("stdout is JSON")
}

/// The lines of stdout, each read as JSON.
pub(crate) fn lines(output: &Output) -> Vec<serde_json::Value> {
    let read = |line| serde_json::from_str(line).expect("each line of stdout is JSON");
    stdout(output).lines().map(read).collect()
}

/// Exit code, stdout and stderr; what differs from run to run is replaced by its name.
///
/// Lines of JSON are spread over several, so that they can be read.
pub(crate) fn shown(output: &Output) -> String {
    let code = output.status.code().expect("it was not killed");
    let text = stdout(output);
    let is_json = text.starts_with('{');
    let spread = || lines(output).iter().map(|line| format!("{line:#}\n")).collect();
    let text = if is_json { spread() } else { text };
    redact(&format!("exit code {code}\n--- stdout\n{text}--- stderr\n{}", stderr(output)))
}

/// Replaces ids, keys, instants in milliseconds and trace ids; they are words of known forms.
pub(crate) fn redact(text: &str) -> String {
    let mut redacted = String::new();
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        redacted += &name_of(word);
        let next = tail.find(is_part).unwrap_or(tail.len());
        redacted += &tail[..next];
        rest = &tail[next..];
    }
    // No port of a test is known before.
    match redacted.split_once("http://127.0.0.1:") {
        Some(_) => redact_ports(&redacted),
        None => redacted,
    }
}

fn name_of(word: &str) -> String {
    let (prefix, rest) = word.rsplit_once('_').unwrap_or(("", word));
    let is_hex = |text: &str| text.chars().all(|it| it.is_ascii_hexdigit());
    match rest.len() {
        27 if !prefix.is_empty() => format!("{prefix}_[id]"),
        64 if prefix.starts_with("sk_") && is_hex(rest) => format!("{prefix}_[key]"),
        32 if is_hex(word) => "[trace id]".to_owned(),
        13 if word.chars().all(|it| it.is_ascii_digit()) => "[milliseconds]".to_owned(),
        _ => word.to_owned(),
    }
}

fn redact_ports(text: &str) -> String {
    let mut parts = text.split("http://127.0.0.1:");
    let mut redacted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        redacted += "http://127.0.0.1:[port]";
        redacted += part.trim_start_matches(|it: char| it.is_ascii_digit());
    }
    redacted
}
