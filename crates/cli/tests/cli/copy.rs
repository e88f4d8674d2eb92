//! `guildhall copy`: what it tells, and what it refuses.

use insta::assert_snapshot;

use crate::command::{json, redact, run, stderr};
use crate::serving::Serving;

fn copy(from: &str, to: &str) -> std::process::Output {
    run(&["copy", "--from", from, "--to", to])
}

#[tokio::test]
async fn a_copy_tells_of_each_table_and_a_backup_is_copied_too() {
    let mut serving = Serving::start();
    serving.organization_of(2).await;
    let folder = serving.folder.path().display().to_string();
    let backup = format!("{folder}/backup.db");
    serving.on_folder(&["backup", &backup]);
    serving.signal("TERM");
    serving.wait();

    let of_folder = json(&copy(&format!("sqlite:{folder}/data"), &format!("sqlite:{folder}/one")));
    let of_backup = json(&copy(&format!("sqlite:{backup}"), &format!("sqlite:{folder}/other")));

    assert_eq!(of_folder["tables"], of_backup["tables"]);
    assert_eq!(of_folder["from"], format!("sqlite:{folder}/data/guildhall.db"));
    let tables = of_folder["tables"].as_array().expect("a list");
    let told = tables.iter().map(|it| {
        assert_eq!(it["sha256"].as_str().map(str::len), Some(64));
        format!("{}: {}\n", it["table"].as_str().expect("a name"), it["rows"])
    });
    let told: String = told.collect();
    assert!(told.contains("users: 2\n") && told.contains("memberships: 2\n"), "{told}");
    let data = format!("{folder}/one");
    assert_eq!(run(&["doctor", "--data", &data]).status.code(), Some(0));
}

#[tokio::test]
async fn what_cannot_be_copied_is_refused_in_one_line() {
    let serving = Serving::start();
    let folder = serving.folder.path().display().to_string();
    let made = |name: &str| {
        run(&["instances", "create", "Made", "--data", &format!("{folder}/{name}")]);
        format!("sqlite:{folder}/{name}")
    };
    let (one, other) = (made("one"), made("other"));
    let foreign = format!("{folder}/foreign.db");
    let database = rusqlite::Connection::open(&foreign).expect("it is made");
    database.execute_batch("CREATE TABLE users (id)").expect("it is ours");
    let secret = "postgres://ada:secret@127.0.0.1:1/guildhall?sslmode=no";

    let told = [
        (format!("sqlite:{folder}/data"), one.clone()),
        (one.clone(), format!("sqlite:{folder}/data")),
        (one.clone(), one.clone()),
        (one.clone(), other),
        (format!("sqlite:{folder}/nothing"), one.clone()),
        (format!("sqlite:{foreign}"), format!("sqlite:{folder}/new")),
        (one.clone(), format!("sqlite:{foreign}")),
        ("mysql://localhost/guildhall".to_owned(), one.clone()),
        (one, secret.to_owned()),
    ]
    .map(|(from, to)| {
        let output = copy(&from, &to);
        let code = output.status.code().expect("it was not killed");
        format!("{code} {}", redact(&stderr(&output)).replace(&folder, "[folder]"))
    });

    assert_snapshot!(told.concat(), @"
    1 error: the source: the data folder `[folder]/data` is in use by another `guildhall serve`
    1 error: the target: the data folder `[folder]/data` is in use by another `guildhall serve`
    1 error: the source and the target are the same database
    1 error: the target holds data already, in `instances`: give an empty database
    2 error: --from: the data folder `[folder]/nothing` cannot be used: No such file or directory (os error 2)
    2 error: the source: the database cannot be used: guildhall has not made it, or it is empty
    2 error: --to: `[folder]/foreign.db` is a file; give the folder of a server
    2 error: --from: it begins with neither `sqlite:` nor `postgres://`
    2 error: --to: the database URL cannot be used: `sslmode=no` is none of disable, allow, prefer, require, verify-ca, verify-full
    ");
}
