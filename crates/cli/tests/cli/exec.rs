//! `guildhall exec`.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use insta::assert_snapshot;
use tempfile::TempDir;

use crate::command::{guildhall, redact, shown, stderr, stdout};

const GUILDHALL: &str = env!("CARGO_BIN_EXE_guildhall");

/// `guildhall exec -- sh -c SCRIPT`, with a folder of its own for temporary files.
fn command(script: &str, temporary: &Path) -> Command {
    let mut command = guildhall(&["exec", "--", "sh", "-c", script]);
    command.env("TMPDIR", temporary).env("GUILDHALL", GUILDHALL);
    command
}

fn run(script: &str) -> Output {
    let temporary = TempDir::new().expect("a folder can be made");
    let output = command(script, temporary.path()).output().expect("the binary can be run");
    assert_eq!(left_behind(temporary.path()), 0);
    output
}

fn left_behind(temporary: &Path) -> usize {
    std::fs::read_dir(temporary).expect("the folder is there").count()
}

/// A script at work; its stdin stays open, so that it waits there.
struct Script {
    child: Child,
    _stdin: ChildStdin,
    _stdout: BufReader<ChildStdout>,
}

/// Starts a script that prints a line when it is ready.
fn start(script: &str, temporary: &Path) -> Script {
    let mut command = command(script, temporary);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the binary can be run");
    let stdin = child.stdin.take().expect("it is piped");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    stdout.read_line(&mut String::new()).expect("the script prints");
    Script { child, _stdin: stdin, _stdout: stdout }
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(status.expect("there is a kill").success());
}

#[test]
fn the_command_is_led_to_an_empty_server() {
    let output =
        run("\"$GUILDHALL\" users create --first-name Ada >&2 && \"$GUILDHALL\" users count");

    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "{\"object\":\"total_count\",\"total_count\":1}\n");
}

#[test]
fn its_variables_are_those_of_a_client_and_no_others() {
    let temporary = TempDir::new().expect("a folder can be made");
    let mut command = command("env | grep -E '^(CLERK|GUILDHALL)_' | sort", temporary.path());
    command.env("GUILDHALL_DATA", "elsewhere").env("GUILDHALL_SECRET_KEY", "sk_live_1");
    command.env("CLERK_API_URL", "https://api.clerk.com").env("CLERK_SECRET_KEY_FILE", "elsewhere");

    let output = command.output().expect("the binary can be run");

    assert_snapshot!(redact(&stdout(&output)), @r"
    CLERK_API_URL=http://127.0.0.1:[port]
    CLERK_SECRET_KEY=sk_test_[key]
    ");
}

#[test]
fn the_exit_code_is_passed_on() {
    assert_eq!(run("exit 42").status.code(), Some(42));
    assert_eq!(run("exit 0").status.code(), Some(0));
}

#[test]
fn a_command_ended_by_a_signal_exits_with_128_and_its_number() {
    assert_eq!(run("kill -KILL $$").status.code(), Some(137));
}

#[test]
fn a_command_that_is_not_there_exits_with_127() {
    let output = guildhall(&["exec", "--", "/nonexistent/command"]).output();

    assert_snapshot!(shown(&output.expect("the binary can be run")), @r"
    exit code 127
    --- stdout
    --- stderr
    error: cannot run `/nonexistent/command`: No such file or directory (os error 2)
    ");
}

#[test]
fn a_command_that_cannot_be_run_exits_with_126() {
    let output = guildhall(&["exec", "/dev/null"]).output().expect("the binary can be run");

    assert_eq!(output.status.code(), Some(126));
}

#[test]
fn signals_are_passed_on() {
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("QUIT", 3)] {
        let temporary = TempDir::new().expect("a folder can be made");
        let text = format!("trap 'exit {number}' {name}; echo ready; read line");
        let mut script = start(&text, temporary.path());

        signal(&script.child, name);

        let status = script.child.wait().expect("it is our child");
        assert_eq!(status.code(), Some(number), "{name}");
        assert_eq!(status.signal(), None);
        assert_eq!(left_behind(temporary.path()), 0);
    }
}

#[test]
fn a_signal_that_the_command_does_not_take_ends_both() {
    let temporary = TempDir::new().expect("a folder can be made");
    let mut script = start("echo ready; exec cat", temporary.path());

    signal(&script.child, "TERM");

    assert_eq!(script.child.wait().expect("it is our child").code(), Some(143));
    assert_eq!(left_behind(temporary.path()), 0);
}

#[test]
fn the_server_logs_what_is_asked_for() {
    let script = "\"$0\" users count";
    let logged = |flags: &[&str]| {
        let arguments = [&["exec"], flags, &["--", "sh", "-c", script, GUILDHALL]].concat();
        stderr(&guildhall(&arguments).output().expect("the binary can be run"))
    };

    assert_eq!(logged(&[]), "");
    assert!(logged(&["--log=info"]).contains("/v1/users/count"));
}

#[test]
fn stdin_is_the_commands_own() {
    let temporary = TempDir::new().expect("a folder can be made");

    let output = crate::command::run_with_stdin(command("cat", temporary.path()), "text");

    assert_eq!(stdout(&output), "text");
}
