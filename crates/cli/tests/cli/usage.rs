//! Wrong usage, and help.

use insta::assert_snapshot;

use crate::command::{guildhall, run, run_with_stdin, shown, stderr, stdout};

const URL: [&str; 4] = ["--api-url", "http://127.0.0.1:1", "--secret-key", "sk_test_key"];

#[test]
fn help_tells_every_command() {
    assert_snapshot!(shown(&run(&["--help"])), @r"
    exit code 0
    --- stdout
    A self-hosted server for organization memberships, compatible with the Clerk Backend API.

    Exit codes: 0 done, 1 refused, 2 wrong usage or failure. Data goes to stdout, everything else to
    stderr. What is read prints as a table on a terminal and as JSON elsewhere or with --json, lists as
    one line of JSON for each row. What cannot be taken back is asked for first on a terminal, and
    elsewhere needs --yes.

    Usage: guildhall <COMMAND>

    Commands:
      serve          Run the server
      instances      Make, list and update instances: isolated tenants in one server
      keys           Make, list and revoke the secret keys of instances
      members        Read and change the members of organizations, on any server with the Clerk Backend
                     API
      organizations  Read and change organizations, on any server with the Clerk Backend API
      users          Read and change users, on any server with the Clerk Backend API
      roles          Read and change the roles of members, on any server with the Clerk Backend API
      permissions    Read and change the permissions that roles grant, on any server with the Clerk
                     Backend API
      role-sets      Read and change which roles members of organizations may get, on any server with
                     the Clerk Backend API
      sessions       Read and change sessions and make their tokens, on any server with the Clerk
                     Backend API
      settings       Read and change what an instance has set about organizations and about itself, on
                     any server with the Clerk Backend API
      check          Tell whether a user may do something in an organization; exits with 0 where it is
                     so, else with 1
      api            Send any request, and print the body of the answer
      exec           Run a command with a server of its own
      env            Print the variables that lead clients to the server of a data folder, for a shell
      migrate        Bring a database up to date
      doctor         Check the data folder or the database, and tell what to do about what is wrong
      backup         Write a backup of the database to a file, while the server runs or not
      restore        Put a backup in the place of the database, while no server uses the folder
      copy           Copy everything to another database: from SQLite to PostgreSQL, or back
      config         Print the settings in force, and where each comes from
      completions    Print the completions for a shell
      man            Write the manual pages, one for each command
      help           Print this message or the help of the given subcommand(s)

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    --- stderr
    ");
}

#[test]
fn the_version_is_told() {
    let expected = concat!("guildhall ", env!("CARGO_PKG_VERSION"), "\n");

    assert_eq!(stdout(&run(&["--version"])), expected);
}

#[test]
fn no_command_is_wrong_usage() {
    let output = run(&[]);

    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("Usage: guildhall <COMMAND>"));
}

#[test]
fn help_never_shows_a_key() {
    for arguments in [&["serve", "--help"][..], &["members", "list", "--help"]] {
        let mut command = guildhall(arguments);
        command.env("CLERK_SECRET_KEY", "sk_live_1").env("GUILDHALL_SECRET_KEY", "sk_live_2");

        let output = command.output().expect("the binary can be run");

        assert_eq!(output.status.code(), Some(0));
        assert!(!stdout(&output).contains("sk_live_"), "{}", stdout(&output));
    }
}

#[test]
fn there_is_no_default_server() {
    let mut command = guildhall(&["members", "list", "org_1"]);

    let output = command.env("CLERK_SECRET_KEY", "sk_test_key").env("CLERK_API_URL", "").output();

    assert_snapshot!(shown(&output.expect("the binary can be run")), @r"
    exit code 2
    --- stdout
    --- stderr
    error: no server named; set `CLERK_API_URL` or give `--api-url` (`http://127.0.0.1:[port]` for `guildhall serve`, `https://api.clerk.com` for Clerk)
    ");
}

#[test]
fn there_is_no_default_key() {
    let output = run(&["members", "list", "org_1", "--api-url", "http://127.0.0.1:1"]);

    assert_snapshot!(shown(&output), @r"
    exit code 2
    --- stdout
    --- stderr
    error: no secret key; set `CLERK_SECRET_KEY` or give `--secret-key-file` (`guildhall serve` prints its key at the start)
    ");
}

#[test]
fn a_production_key_is_refused_on_the_command_line() {
    let output = run(&[
        "members",
        "list",
        "org_1",
        "--api-url",
        "http://127.0.0.1:1",
        "--secret-key",
        "sk_live_secret",
    ]);

    assert_snapshot!(shown(&output), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--secret-key` takes only `sk_test_…` keys, because a command line shows in the list of processes; set `CLERK_SECRET_KEY` or give `--secret-key-file`
    ");
}

#[test]
fn two_keys_are_refused() {
    let output =
        run(&[&["members", "list", "org_1", "--secret-key-file", "key"], &URL[..]].concat());

    assert_snapshot!(shown(&output), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--secret-key` and `--secret-key-file` exclude each other
    ");
}

#[test]
fn metadata_must_be_an_object() {
    for text in ["[]", "nonsense", "{} {}", "@/nonexistent/file"] {
        let change = ["members", "metadata", "org_1", "user_1", "--public", text];
        let output = run(&[&change, &URL[..]].concat());

        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(stderr.starts_with("error: `--public`"), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn only_one_value_can_come_from_stdin() {
    let change = ["members", "metadata", "org_1", "user_1", "--public", "-", "--private", "-"];
    let command = guildhall(&[&change, &URL[..]].concat());

    assert_snapshot!(shown(&run_with_stdin(command, "{}")), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--public` and `--private` cannot both be read from stdin
    ");
}

#[test]
fn a_change_of_no_metadata_is_wrong_usage() {
    let output = run(&[&["members", "metadata", "org_1", "user_1"], &URL[..]].concat());

    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--public <JSON>"), "{}", stderr(&output));
}

#[test]
fn an_order_by_no_field_is_answered_with_the_fields() {
    let output = run(&[&["members", "list", "org_1", "--order-by", "-name"], &URL[..]].concat());

    assert_snapshot!(shown(&output), @r"
    exit code 2
    --- stdout
    --- stderr
    error: invalid value '-name' for '--order-by <FIELD>': the fields are phone_number, email_address, created_at, first_name, last_name, username

    For more information, try '--help'.
    ");
}

#[test]
fn completions_are_printed_for_a_shell() {
    let output = run(&["completions", "bash"]);

    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("complete -F _guildhall"), "{}", stdout(&output));
}

#[test]
fn man_writes_a_page_for_each_command() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let pages = folder.path().join("man1");

    let output = run(&["man", pages.to_str().expect("the path is UTF-8")]);

    assert_eq!(output.status.code(), Some(0));
    for command in
        ["users-list", "roles-grant", "permissions-update", "sessions-token", "settings-set"]
    {
        let name = format!("guildhall-{command}");
        let page = std::fs::read_to_string(pages.join(format!("{name}.1"))).expect("a page");
        assert!(page.contains(&format!(".TH {name} 1")), "{page}");
    }
    assert!(pages.join("guildhall.1").exists());
}
