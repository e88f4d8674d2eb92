//! `docs/cli.md` holds the help of every command; `GUILDHALL_UPDATE=1` writes it anew.

use std::path::Path;
use std::process::{Command, Stdio};

const INTRODUCTION: &str = "\
<!-- Made from the help by `GUILDHALL_UPDATE=1 cargo test -p guildhall-cli --test cli_page`. -->

# The command line
";

#[test]
fn the_page_of_the_command_line_is_the_help_of_every_command() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let mut page = INTRODUCTION.to_owned();
    add(&mut page, &[]);

    if std::env::var_os("GUILDHALL_UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(&path, &page).expect("the page can be written");
    }

    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/cli.md is out of date: run this with GUILDHALL_UPDATE=1");
}

/// Adds the help of a command, and of every command below it.
fn add(page: &mut String, command: &[&str]) {
    let help = help(command);
    let name = [&["guildhall"], command].concat().join(" ");
    page.push_str(&format!("\n## `{name}`\n\n```text\n{help}\n```\n"));
    for subcommand in subcommands(&help) {
        add(page, &[command, &[subcommand]].concat());
    }
}

/// What a command says of itself, whatever the terminal and the environment are.
fn help(command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .args(command)
        .arg("--help")
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("the command can be run");
    assert!(output.status.success(), "{command:?} has no help");
    let help = String::from_utf8(output.stdout).expect("help is text");
    let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// The commands that a help lists, without `help` itself.
fn subcommands(help: &str) -> impl Iterator<Item = &str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    listed
        .take_while(|line| !line.is_empty())
        // What a command is for may go on in further lines, which are indented more.
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
}
