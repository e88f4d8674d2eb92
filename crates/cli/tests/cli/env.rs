//! `guildhall env`.

use std::process::Command;

use insta::assert_snapshot;

use crate::command::{guildhall, json, redact, shown, stdout};
use crate::serving::Serving;

/// `guildhall env` with the settings that the server was started with.
fn env(serving: &Serving, arguments: &[&str]) -> Command {
    let mut command = guildhall(&[&["env"], arguments].concat());
    command
        .env("GUILDHALL_DATA", serving.data())
        .env("GUILDHALL_BIND", serving.url().replace("http://", ""));
    command
}

#[test]
fn the_variables_are_printed_for_each_shell() {
    let serving = Serving::start();
    let printed = |shell: &str| {
        let output = env(&serving, &["--shell", shell]).output().expect("the binary can be run");
        redact(&stdout(&output))
    };

    assert_snapshot!(printed("sh"), @r"
    export CLERK_API_URL='http://127.0.0.1:[port]'
    export CLERK_SECRET_KEY='sk_test_[key]'
    ");
    assert_snapshot!(printed("fish"), @r"
    set -gx CLERK_API_URL 'http://127.0.0.1:[port]'
    set -gx CLERK_SECRET_KEY 'sk_test_[key]'
    ");
    assert_snapshot!(printed("powershell"), @r"
    $env:CLERK_API_URL = 'http://127.0.0.1:[port]'
    $env:CLERK_SECRET_KEY = 'sk_test_[key]'
    ");
}

#[test]
fn a_shell_that_takes_them_in_reaches_the_server() {
    let serving = Serving::start();
    let script = "eval \"$(\"$0\" env)\" && exec \"$0\" users count";

    let command = env(&serving, &[]);
    let variables = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(env!("CARGO_BIN_EXE_guildhall")).envs(variables);
    let output = shell.output().expect("there is a shell");

    assert_eq!(json(&output)["total_count"], 0);
}

#[test]
fn the_public_url_is_the_one_that_clients_are_told() {
    let serving = Serving::start();

    let output = env(&serving, &["--public-url", "https://auth.example.com/"]).output();

    let text = stdout(&output.expect("the binary can be run"));
    assert!(text.starts_with("export CLERK_API_URL='https://auth.example.com'\n"), "{text}");
}

#[test]
fn an_address_of_every_network_is_reached_on_this_machine() {
    let serving = Serving::start();

    let output = env(&serving, &["--bind", "0.0.0.0:4600"]).output();

    let text = stdout(&output.expect("the binary can be run"));
    assert!(text.starts_with("export CLERK_API_URL='http://127.0.0.1:4600'\n"), "{text}");
}

#[test]
fn a_key_for_production_is_not_printed() {
    let serving = Serving::start();

    let mut command = env(&serving, &[]);
    let output = command.env("GUILDHALL_SECRET_KEY", "sk_live_0123456789").output();

    assert_snapshot!(shown(&output.expect("the binary can be run")), @r"
    exit code 1
    --- stdout
    --- stderr
    error: the secret key is for production and not printed; set `CLERK_SECRET_KEY` to it
    ");
}

#[test]
fn a_port_that_nobody_knows_is_refused() {
    let serving = Serving::start();

    let output = env(&serving, &["--bind", "127.0.0.1:0"]).output();

    assert_snapshot!(shown(&output.expect("the binary can be run")), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--bind` (`GUILDHALL_BIND`): which port `127.0.0.1:0` becomes is known only where the server prints it
    ");
}
