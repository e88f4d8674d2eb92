//! `guildhall doctor`.

use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use insta::assert_snapshot;

use crate::command::{lines, redact, run, shown, stdout};
use crate::serving::Serving;

/// Subject, verdict, detail and advice of each line; paths and times are replaced by names.
fn told(serving: &Serving, output: &Output) -> String {
    let rows = lines(output).into_iter().map(|row| {
        let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
        let detail = if row["subject"] == "clock" { "[now]".to_owned() } else { text("detail") };
        format!("{} | {} | {detail} | {}\n", text("subject"), text("verdict"), text("advice"))
    });
    let text: String = rows.collect();
    let code = output.status.code().expect("it was not killed");
    redact(
        &format!("exit code {code}\n{text}").replace(&*serving.data().to_string_lossy(), "[data]"),
    )
}

#[tokio::test]
async fn a_sound_folder_has_no_fault() {
    let serving = Serving::start();
    serving.organization_of(3).await;

    let output = serving.on_folder(&["doctor"]);

    assert_snapshot!(told(&serving, &output), @r"
    exit code 0
    clock | ok | [now] | -
    modes | ok | only the owner may read | -
    development key | ok | opens `ins_[id]` | -
    schema | ok | version 1 | -
    database file | ok | no damage | -
    references | ok | each leads to a row | -
    members counted | ok | as many as there are | -
    rows counted | ok | as many as there are | -
    roles held | ok | each is in the role set of its organization | -
    times | ok | no row is of the future | -
    ");
}

#[test]
fn a_file_that_others_may_read_is_a_fault() {
    let serving = Serving::start();
    let file = serving.data().join("development-key");
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(file, readable).expect("it is ours");

    let output = serving.on_folder(&["doctor"]);

    assert_snapshot!(told(&serving, &output), @r"
    exit code 1
    clock | ok | [now] | -
    modes | fault | `[data]/development-key` has mode 644 | it is right from now on; replace the keys if somebody may have read them
    development key | ok | opens `ins_[id]` | -
    schema | ok | version 1 | -
    database file | ok | no damage | -
    references | ok | each leads to a row | -
    members counted | ok | as many as there are | -
    rows counted | ok | as many as there are | -
    roles held | ok | each is in the role set of its organization | -
    times | ok | no row is of the future | -
    ");
}

#[test]
fn a_folder_that_others_may_enter_is_a_fault() {
    let serving = Serving::start();
    let enterable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(serving.data(), enterable).expect("it is ours");

    let told = told(&serving, &serving.on_folder(&["doctor"]));

    let expected = "modes | fault | `[data]` has mode 755 | chmod 700 '[data]'\n";
    assert!(told.starts_with("exit code 1\n") && told.contains(expected), "{told}");
}

#[test]
fn a_key_that_opens_nothing_is_a_fault() {
    let serving = Serving::start();
    let file = serving.data().join("development-key");
    std::fs::write(file, "sk_test_of_another_folder").expect("it is ours");

    let output = serving.on_folder(&["doctor"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("opens no instance"), "{}", stdout(&output));
}

#[test]
fn a_damaged_database_is_a_fault() {
    let mut serving = Serving::start();
    serving.signal("TERM");
    serving.wait();
    let file = serving.data().join("guildhall.db");
    let mut bytes = std::fs::read(&file).expect("it is ours");
    bytes[4096..].fill(0xff);
    std::fs::write(&file, bytes).expect("it is ours");

    let output = serving.on_folder(&["doctor"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("restore a backup"), "{}", stdout(&output));
}

#[test]
fn a_folder_that_is_none_cannot_be_checked() {
    let output = run(&["doctor", "--data", "/nonexistent"]);

    assert_snapshot!(shown(&output), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `--data` (`GUILDHALL_DATA`): `guildhall serve` and `guildhall instances create` make one: the data folder `/nonexistent` cannot be used: No such file or directory (os error 2)
    ");
}
