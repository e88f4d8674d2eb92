//! The configuration file, `guildhall config`, and profiles.

use std::path::Path;
use std::process::{Command, Output};

use insta::assert_snapshot;
use tempfile::TempDir;

use crate::command::{guildhall, json, lines, shown, stderr, stdout};
use crate::serving::Serving;

/// A folder whose `guildhall.toml` holds `text`.
fn folder(text: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder can be made");
    std::fs::write(folder.path().join("guildhall.toml"), text).expect("a file can be made");
    folder
}

fn command_in(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = guildhall(arguments);
    command.current_dir(folder);
    command
}

fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    command_in(folder, arguments).output().expect("the binary can be run")
}

#[test]
fn without_a_file_the_defaults_are_in_force() {
    let folder = TempDir::new().expect("a folder can be made");

    assert_snapshot!(shown(&run_in(folder.path(), &["config"])), @r#"
    exit code 0
    --- stdout
    {
      "key": "bind",
      "origin": "default",
      "value": "127.0.0.1:4600"
    }
    {
      "key": "metrics_bind",
      "origin": "default",
      "value": "127.0.0.1:4601"
    }
    {
      "key": "data",
      "origin": "default",
      "value": "./guildhall-data"
    }
    {
      "key": "database_url",
      "origin": null,
      "value": null
    }
    {
      "key": "public_url",
      "origin": null,
      "value": null
    }
    {
      "key": "trusted_proxies",
      "origin": null,
      "value": null
    }
    {
      "key": "secret_key",
      "origin": null,
      "value": null
    }
    {
      "key": "server_key_file",
      "origin": null,
      "value": null
    }
    {
      "key": "production_sessions",
      "origin": "default",
      "value": "refuse"
    }
    {
      "key": "log",
      "origin": "default",
      "value": "info"
    }
    --- stderr
    "#);
}

#[test]
fn flags_count_before_variables_before_the_file_before_the_defaults() {
    let folder =
        folder("bind = \"127.0.0.1:1\"\ndata = \"./of-file\"\npublic_url = \"http://file\"\n");

    let mut command = command_in(folder.path(), &["config", "--bind", "127.0.0.1:3"]);
    command.env("GUILDHALL_BIND", "127.0.0.1:2").env("GUILDHALL_DATA", "of-variable");
    let output = command.output().expect("the binary can be run");

    let rows = lines(&output);
    let of = |key: &str| {
        let row = rows.iter().find(|row| row["key"] == key).expect("the key is there");
        let text = |name: &str| row[name].as_str().unwrap_or("none").to_owned();
        format!("{} from {}", text("value"), text("origin"))
    };
    assert_eq!(of("bind"), "127.0.0.1:3 from `--bind`");
    assert_eq!(of("data"), "of-variable from `GUILDHALL_DATA`");
    assert_eq!(of("public_url"), "http://file from `guildhall.toml` line 3");
    assert_eq!(of("log"), "info from default");
}

#[test]
fn profiles_are_told_and_secrets_are_not() {
    let folder = folder("[profiles.a]\napi_url = \"http://a\"\nsecret_key_file = \"a-key\"\n");

    let mut command = command_in(folder.path(), &["config"]);
    command.env("GUILDHALL_SECRET_KEY", "sk_test_very_secret");
    let output = command.output().expect("the binary can be run");

    assert!(!stdout(&output).contains("very_secret"), "{}", stdout(&output));
    assert_snapshot!(shown(&output), @r#"
    exit code 0
    --- stdout
    {
      "key": "bind",
      "origin": "default",
      "value": "127.0.0.1:4600"
    }
    {
      "key": "metrics_bind",
      "origin": "default",
      "value": "127.0.0.1:4601"
    }
    {
      "key": "data",
      "origin": "default",
      "value": "./guildhall-data"
    }
    {
      "key": "database_url",
      "origin": null,
      "value": null
    }
    {
      "key": "public_url",
      "origin": null,
      "value": null
    }
    {
      "key": "trusted_proxies",
      "origin": null,
      "value": null
    }
    {
      "key": "secret_key",
      "origin": "flag or variable",
      "value": "(hidden)"
    }
    {
      "key": "server_key_file",
      "origin": null,
      "value": null
    }
    {
      "key": "production_sessions",
      "origin": "default",
      "value": "refuse"
    }
    {
      "key": "log",
      "origin": "default",
      "value": "info"
    }
    {
      "key": "profiles.a.api_url",
      "origin": "`guildhall.toml` line 2",
      "value": "http://a"
    }
    {
      "key": "profiles.a.secret_key_file",
      "origin": "`guildhall.toml` line 3",
      "value": "a-key"
    }
    --- stderr
    "#);
}

#[test]
fn a_file_can_be_named_and_its_paths_start_at_its_folder() {
    let folder = folder("data = \"./data\"\n");
    let path = folder.path().join("guildhall.toml");

    let output = guildhall(&["instances", "create", "First"])
        .env("GUILDHALL_CONFIG", &path)
        .output()
        .expect("the binary can be run");

    assert_eq!(stderr(&output), "");
    assert!(folder.path().join("data/guildhall.db").exists());
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let folder = TempDir::new().expect("a folder can be made");

    assert_snapshot!(shown(&run_in(folder.path(), &["config", "--config", "a.toml"])), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--config` (`GUILDHALL_CONFIG`): cannot read `a.toml`: No such file or directory (os error 2)
    ");
}

#[test]
fn a_fault_of_the_file_stops_every_command_that_reads_it_in_one_line() {
    let folder = folder("data = \"d\"\nport = 4600\n");

    for arguments in [&["serve"][..], &["keys", "list"], &["config"], &["env"], &["doctor"]] {
        let output = run_in(folder.path(), arguments);

        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let told = stderr(&output);
        let fault = "error: `guildhall.toml` line 2: unknown key `port`; the keys are bind, ";
        assert!(told.starts_with(fault), "{told}");
        assert_eq!(told.lines().count(), 1);
    }
}

#[test]
fn a_value_that_cannot_be_is_told_with_its_line() {
    for (text, expected) in [
        (
            "\nbind = \"4600\"",
            "error: `guildhall.toml` line 2: `bind`: `4600` is not like `127.0.0.1:4600`: invalid \
             socket address syntax\n",
        ),
        (
            "log = \"loud\"",
            "error: `guildhall.toml` line 1: `log`: `loud` is no filter; levels are off, error, \
             warn, info, debug and trace, `info,guildhall::request=off` sets one part apart\n",
        ),
        (
            "data = \"/dev/null/d\"",
            "error: `guildhall.toml` line 1: `data`: the data folder `/dev/null/d` cannot be \
             used: Not a directory (os error 20)\n",
        ),
        (
            "secret_key_file = \"none\"",
            "error: `guildhall.toml` line 1: `secret_key_file`: `none`: No such file or directory \
             (os error 2)\n",
        ),
    ] {
        let folder = folder(text);

        let output = run_in(folder.path(), &["serve"]);

        assert_eq!(output.status.code(), Some(2), "{text}");
        assert_eq!(stderr(&output), expected);
    }
}

#[test]
fn a_server_goes_by_the_file() {
    let folder = folder("secret_key_file = \"key\"\npublic_url = \"https://auth.example.com\"\n");
    std::fs::write(folder.path().join("key"), "sk_test_of_the_file\n").expect("a file");

    let serving = Serving::start_with(|command| {
        command.current_dir(folder.path());
    });

    assert_eq!(serving.line("CLERK_SECRET_KEY"), "sk_test_of_the_file");
    assert_eq!(serving.url(), "https://auth.example.com");
}

/// A folder with a profile of `serving` in its file.
fn folder_with_profile(serving: &Serving) -> TempDir {
    let text =
        format!("[profiles.here]\napi_url = \"{}\"\nsecret_key_file = \"key\"\n", serving.url());
    let folder = folder(&text);
    let key = serving.line("CLERK_SECRET_KEY");
    std::fs::write(folder.path().join("key"), key).expect("a file can be made");
    folder
}

#[test]
fn a_profile_counts_before_the_variables() {
    let serving = Serving::start();
    let folder = folder_with_profile(&serving);

    let mut command = command_in(folder.path(), &["users", "count", "--profile", "here"]);
    command.env("CLERK_API_URL", "http://127.0.0.1:1").env("CLERK_SECRET_KEY", "sk_test_other");
    let output = command.output().expect("the binary can be run");

    assert_eq!(json(&output)["total_count"], 0);
}

#[test]
fn a_profile_and_flags_exclude_each_other() {
    let folder = folder("");
    let count = ["users", "count", "--profile", "here"];

    for flags in [["--api-url", "http://h"], ["--secret-key", "sk_test_key"]] {
        let output = run_in(folder.path(), &[&count, &flags[..]].concat());

        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            stderr(&output),
            "error: `--profile` excludes `--api-url`, `--secret-key` and `--secret-key-file`\n"
        );
    }
}

#[test]
fn an_unknown_profile_is_answered_with_those_there_are() {
    let serving = Serving::start();
    let folder = folder_with_profile(&serving);

    let output = run_in(folder.path(), &["users", "count", "--profile", "there"]);

    assert_snapshot!(shown(&output), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--profile`: there is no `there` in `guildhall.toml`; there is `here`
    ");
}
