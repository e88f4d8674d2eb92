//! Bad settings of `guildhall serve`: each stops the start in one line that names it.

use crate::command::{guildhall, stderr, stdout};

/// What `serve` says with one flag and one variable set.
fn refusal(flags: &[&str], variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut command = guildhall(&["serve"]);
    command
        .env("GUILDHALL_BIND", "127.0.0.1:0")
        .env("GUILDHALL_METRICS_BIND", "off")
        .env("GUILDHALL_DATA", folder.path().join("data"))
        .envs(variables.iter().copied())
        .args(flags);

    let output = command.output().expect("the binary can be run");

    let stderr = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{flags:?} {variables:?}: {stderr}");
    assert_eq!(stdout(&output), "", "{flags:?} {variables:?}");
    assert_eq!(stderr.lines().count(), 1, "{flags:?} {variables:?}: {stderr}");
    stderr
}

#[test]
fn a_bad_flag_is_named_with_its_variable() {
    for (flag, variable, values) in [
        ("--bind", "GUILDHALL_BIND", &["", "4600", "localhost:4600", "127.0.0.1:99999"][..]),
        (
            "--public-url",
            "GUILDHALL_PUBLIC_URL",
            &["", "nonsense", "ftp://h", "http://h?x", "http://h/v1/"],
        ),
        (
            "--metrics-bind",
            "GUILDHALL_METRICS_BIND",
            &["", "4601", "OFF", "localhost:4601", "192.0.2.1:4601"],
        ),
        (
            "--trusted-proxies",
            "GUILDHALL_TRUSTED_PROXIES",
            &["", "proxy", "10.0.0.0/33", "10.0.0.1,", "10.0.0.1:80"],
        ),
        ("--data", "GUILDHALL_DATA", &["", "/dev/null/data"]),
        ("--production-sessions", "GUILDHALL_PRODUCTION_SESSIONS", &["", "yes", "Allow"]),
        ("--log", "GUILDHALL_LOG", &["", "verbose", "info,loud"]),
        ("--secret-key", "GUILDHALL_SECRET_KEY", &["", "key", "sk_live_0123456789", "sk_test_x"]),
        ("--secret-key-file", "GUILDHALL_SECRET_KEY_FILE", &["/nonexistent/key", "/dev/null"]),
    ] {
        for value in values {
            let line = refusal(&[flag, value], &[]);

            assert!(line.starts_with("error: "), "{line}");
            assert!(line.contains(&format!("`{flag}`")), "{line}");
            assert!(line.contains(&format!("`{variable}`")), "{line}");
            assert!(!line.contains("sk_live_0"), "{line}");
        }
    }
}

#[test]
fn a_bad_variable_is_named() {
    for (variable, value) in [
        ("GUILDHALL_BIND", "4600"),
        ("GUILDHALL_PUBLIC_URL", "nonsense"),
        ("GUILDHALL_DATA", "/dev/null/data"),
        ("GUILDHALL_LOG", "verbose"),
        ("GUILDHALL_SECRET_KEY", "sk_live_x"),
        ("GUILDHALL_SECRET_KEY_FILE", "/nonexistent/key"),
    ] {
        let line = refusal(&[], &[(variable, value)]);

        assert!(line.contains(&format!("`{variable}`")), "{line}");
    }
}

#[test]
fn a_key_and_a_file_with_a_key_exclude_each_other() {
    let flags = refusal(&["--secret-key", "sk_test_12345678", "--secret-key-file", "key"], &[]);
    let variables = refusal(
        &[],
        &[("GUILDHALL_SECRET_KEY", "sk_test_12345678"), ("GUILDHALL_SECRET_KEY_FILE", "key")],
    );

    assert_eq!(flags, "error: `--secret-key` and `--secret-key-file` exclude each other\n");
    assert_eq!(
        variables,
        "error: `GUILDHALL_SECRET_KEY` and `GUILDHALL_SECRET_KEY_FILE` exclude each other\n"
    );
}
