//! What only happens on a terminal: tables, and the question before a deletion.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, ExitStatus, Stdio};

use insta::assert_snapshot;
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::command::{guildhall, json, redact, stderr, stdout};
use crate::serving::Serving;

/// What a command shows on a terminal where somebody types `answer`, and how it ends.
fn on_terminal(mut command: Command, answer: &str) -> (String, ExitStatus) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are terminals");
    grantpt(&terminal).expect("it is ours");
    unlockpt(&terminal).expect("it is ours");
    let name = ptsname(&terminal, Vec::new()).expect("it has a name");
    let open = || -> OwnedFd {
        rustix::fs::open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("it opens")
    };
    let side = open();
    let mut modes = tcgetattr(&side).expect("it is a terminal");
    modes.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&side, OptionalActions::Now, &modes).expect("it is a terminal");
    command.stdin(Stdio::from(side)).stdout(Stdio::from(open())).stderr(Stdio::from(open()));
    let mut child = command.env("COLUMNS", "120").spawn().expect("the binary can be run");
    drop(command);

    let mut terminal = File::from(terminal);
    terminal.write_all(answer.as_bytes()).expect("the terminal takes it");
    let mut text = Vec::new();
    // The end of a terminal is an error on Linux.
    let _ = terminal.read_to_end(&mut text);
    let status = child.wait().expect("it is our child");
    (String::from_utf8(text).expect("it is text").replace("\r\n", "\n"), status)
}

#[test]
fn a_list_is_a_table() {
    let serving = Serving::start();
    let flags = ["--first-name=Ada", "--email-address=ada@example.com"];
    serving.call(&[&["users", "create"], &flags[..]].concat());

    let (text, status) = on_terminal(serving.command(&["users", "list"]), "");

    assert!(status.success());
    let text = redact(&text);
    let words: Vec<Vec<&str>> =
        text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["USER", "NAME", "IDENTIFIER", "CREATED", "LAST", "SIGN-IN"]);
    assert_eq!(words[1][..3], ["user_[id]", "Ada", "ada@example.com"]);
}

#[test]
fn a_role_its_permissions_and_the_settings_are_tables() {
    let serving = Serving::start();
    serving.call(&["permissions", "create", "org:posts:edit", "Edit posts"]);
    let flags = ["--permission=org:posts:edit", "--description=Writes"];
    serving.call(&[&["roles", "create", "org:editor", "Editor"], &flags[..]].concat());
    let table = |arguments: &[&str]| redact(&on_terminal(serving.command(arguments), "").0);

    let roles = table(&["roles", "list", "--query=editor"]);
    let role = table(&["roles", "get", "org:editor"]);
    let permissions = table(&["permissions", "list", "--query=posts"]);
    let permission = table(&["permissions", "get", "org:posts:edit"]);
    let settings = table(&["settings", "get"]);

    let words = |line: &str| line.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
    let begins = |table: &str| table.lines().map(words).collect::<Vec<_>>();
    assert_eq!(begins(&roles)[..2], ["ROLE KEY NAME PERMISSIONS", "role_[id] org:editor Editor 1"]);
    assert_eq!(
        begins(&permissions)[..2],
        ["PERMISSION KEY NAME TYPE", "perm_[id] org:posts:edit Edit posts"]
    );
    assert!(role.contains("permissions          org:posts:edit"), "{role}");
    assert!(role.contains("creators may get it  no"), "{role}");
    assert!(permission.contains("type         user"), "{permission}");
    assert_snapshot!(settings, @r"
    organizations           on
    most members            no limit
    most further roles      10
    admins may delete them  yes
    slugs may be chosen     yes
    role of creators        org:admin
    domains                 off
    role by domain          org:member
    ");
}

#[test]
fn sessions_are_tables_and_a_token_stands_by_itself() {
    let serving = Serving::start();
    let user = json(&serving.call(&["users", "create"]))["id"].clone();
    let user = user.as_str().expect("it has an id");
    let session = json(&serving.call(&["sessions", "create", user]))["id"].clone();
    let session = session.as_str().expect("it has an id");
    let text = |arguments: &[&str]| on_terminal(serving.command(arguments), "").0;

    let sessions = redact(&text(&["sessions", "list"]));
    let one = redact(&text(&["sessions", "get", session]));
    let token = text(&["sessions", "token", session]);
    let answer = text(&["sessions", "token", session, "--json"]);

    let words: Vec<Vec<&str>> =
        sessions.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["SESSION", "USER", "STATUS", "ORGANIZATION", "EXPIRES"]);
    assert_eq!(words[1][..4], ["sess_[id]", "user_[id]", "active", "-"]);
    assert!(one.contains("active organization  -"), "{one}");
    assert_eq!((token.lines().count(), token.split('.').count()), (1, 3), "{token}");
    assert!(answer.starts_with("{\"object\":\"token\""), "{answer}");
}

#[test]
fn a_count_is_a_number() {
    let serving = Serving::start();

    let (text, _) = on_terminal(serving.command(&["users", "count"]), "");

    assert_eq!(text, "0\n");
}

#[test]
fn no_color_means_no_escape_sequences() {
    let serving = Serving::start();

    let (text, _) = on_terminal(serving.command(&["users", "list", "--help"]), "");
    let mut command = serving.command(&["users", "list", "--help"]);
    command.env("NO_COLOR", "1");
    let (plain, _) = on_terminal(command, "");

    assert!(text.contains('\u{1b}'), "{text}");
    assert!(!plain.contains('\u{1b}'), "{plain}");
}

#[test]
fn a_deletion_is_asked_for_first() {
    let serving = Serving::start();
    let created = serving.call(&["users", "create"]);
    let id = json(&created)["id"].as_str().expect("it has an id").to_owned();

    let (refused, status) = on_terminal(serving.command(&["users", "delete", &id]), "\n");
    let there = serving.call(&["users", "get", &id]);
    let (_, confirmed) = on_terminal(serving.command(&["users", "delete", &id]), "y\n");
    let gone = serving.call(&["users", "get", &id]);

    assert_eq!(status.code(), Some(1));
    assert_snapshot!(redact(&refused), @"Delete `user_[id]` with all their memberships? [y/N] error: not confirmed; nothing was changed");
    assert_eq!(there.status.code(), Some(0));
    assert_eq!(confirmed.code(), Some(0));
    assert_eq!(gone.status.code(), Some(1));
}

#[test]
fn without_a_terminal_nothing_is_taken_back_unasked() {
    for arguments in [
        &["users", "delete", "user_1"][..],
        &["organizations", "delete", "org_1"],
        &["members", "remove", "org_1", "user_1"],
        &["roles", "delete", "org:editor"],
        &["permissions", "delete", "org:posts:edit"],
        &["sessions", "revoke", "sess_1"],
    ] {
        let mut command = guildhall(arguments);
        command.env("CLERK_API_URL", "http://127.0.0.1:1").env("CLERK_SECRET_KEY", "sk_test_key");

        let output = command.output().expect("the binary can be run");

        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "");
        assert_eq!(
            stderr(&output),
            "error: this cannot be taken back, and there is no terminal to ask on; give `--yes`\n"
        );
    }
}
