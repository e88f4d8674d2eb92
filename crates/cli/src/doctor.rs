//! `guildhall doctor`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;
use guildhall_store::{Clock, Store, SystemClock, Verdict};
use serde::Serialize;

use crate::config::ConfigFile;
use crate::database::{DatabaseArguments, beside};
use crate::exit::ExitStatus;
use crate::folder::{Folder, FolderArguments};
use crate::output::{Output, OutputArguments, rows};
use crate::text::{NOTHING, instant};

/// A clock before this instant, 2025-01-01 in Unix milliseconds, has not been set.
const CLOCK_AT_LEAST: i64 = 1_735_689_600_000;
/// What others than the owner may do with a file.
const OTHERS: u32 = 0o077;

/// Check the data folder or the database, and tell what to do about what is wrong.
///
/// Looks at the clock, the modes of the files, the development key, and the database: its schema,
/// its file, its references and its counters. It reads the whole database several times, while the
/// server runs or not, and sets nothing right but the modes of files. Exits with 1 where something
/// is wrong.
#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    database: DatabaseArguments,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Serialize)]
struct Row {
    subject: &'static str,
    verdict: &'static str,
    detail: String,
    /// What to do; `null` where nothing is wrong.
    advice: Option<String>,
}

impl Row {
    fn sound(subject: &'static str, detail: impl Into<String>) -> Self {
        Self { subject, verdict: "ok", detail: detail.into(), advice: None }
    }

    fn faulty(subject: &'static str, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { subject, verdict: "fault", detail: detail.into(), advice: Some(advice.into()) }
    }
}

pub(crate) async fn run(arguments: DoctorArguments) -> Result<ExitStatus> {
    let file = arguments.database.folder.config.read()?;
    let found = match arguments.database.postgres(&file)? {
        Some(postgres) => {
            let store = beside(&postgres.settings.into(), &postgres.url).await;
            let mut found = vec![clock(SystemClock.now())];
            found.extend(look_into(store, None).await?);
            found
        }
        None => folder(&arguments.database.folder, &file).await?,
    };
    Output::new(arguments.output).show_list(&found, |found| {
        rows(
            ["CHECK", "VERDICT", "DETAIL", "WHAT TO DO"],
            found.iter().map(|row| {
                let advice = row.advice.as_deref().unwrap_or(NOTHING);
                [row.subject, row.verdict, &row.detail, advice].map(str::to_owned)
            }),
        )
    })?;
    let is_sound = found.iter().all(|row| row.advice.is_none());
    Ok(if is_sound { ExitStatus::Done } else { ExitStatus::Refused })
}

/// What is found in the data folder and the database in it.
async fn folder(arguments: &FolderArguments, file: &ConfigFile) -> Result<Vec<Row>> {
    let setting = arguments.setting(file)?;
    // Before it is opened, which sets the modes of the files right.
    let modes = modes(setting.as_path());
    let folder = arguments.existing()?;
    let store = beside(&folder.data.clone().into(), &folder.setting).await;
    let mut found = vec![clock(SystemClock.now()), modes?];
    found.extend(look_into(store, Some(&folder)).await?);
    Ok(found)
}

/// What is found in a database, if it could be opened.
async fn look_into(store: Result<Store>, folder: Option<&Folder>) -> Result<Vec<Row>> {
    let store = match store {
        Ok(store) => store,
        Err(error) => return Ok(vec![unreadable(&error)]),
    };
    let mut found = Vec::new();
    if let Some(folder) = folder {
        found.push(key(folder, &store).await?);
    }
    found.extend(database(&store).await);
    store.close().await?;
    Ok(found)
}

fn clock(now: i64) -> Row {
    if now >= CLOCK_AT_LEAST {
        return Row::sound("clock", instant(now));
    }
    let advice = "set the clock of this machine, and keep it in step by NTP";
    Row::faulty("clock", format!("{} is long ago", instant(now)), advice)
}

/// Whether the folder and the files in it were their owner's alone before they were opened.
fn modes(folder: &Path) -> Result<Row> {
    let cannot = || format!("cannot look into `{}`", folder.display());
    let open = |path: &Path| -> std::io::Result<Option<String>> {
        let mode = std::fs::metadata(path)?.permissions().mode() & 0o777;
        let text = format!("`{}` has mode {mode:o}", path.display());
        Ok((mode & OTHERS != 0).then_some(text))
    };
    if let Some(detail) = open(folder).with_context(cannot)? {
        return Ok(Row::faulty("modes", detail, format!("chmod 700 '{}'", folder.display())));
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(cannot)? {
        match open(&entry.with_context(cannot)?.path()) {
            // The files of the log come and go with the server.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            outcome => files.extend(outcome.with_context(cannot)?),
        }
    }
    files.sort_unstable();
    Ok(if files.is_empty() {
        Row::sound("modes", "only the owner may read")
    } else {
        let advice = "it is right from now on; replace the keys if somebody may have read them";
        Row::faulty("modes", files.join(", "), advice)
    })
}

/// Whether the development key that is kept in the folder opens an instance.
async fn key(folder: &Folder, store: &Store) -> Result<Row> {
    let Some(secret_key) = folder.data.development_key() else {
        return Ok(Row::sound("development key", "none is kept"));
    };
    Ok(match store.instance_of_key(&secret_key).await? {
        Some(instance) => Row::sound("development key", format!("opens `{}`", instance.id)),
        None => Row::faulty(
            "development key",
            "the one in the folder opens no instance",
            "start the server again: it makes a new one",
        ),
    })
}

async fn database(store: &Store) -> Vec<Row> {
    let findings = match store.check().await {
        Ok(findings) => findings,
        Err(error) => return vec![unreadable(&anyhow::Error::new(error))],
    };
    let row = |finding: guildhall_store::Finding| match finding.verdict {
        Verdict::Sound(detail) => Row::sound(finding.subject, detail),
        Verdict::Faulty { what, advice } => Row::faulty(finding.subject, what, advice),
    };
    findings.into_iter().map(row).collect()
}

fn unreadable(error: &anyhow::Error) -> Row {
    let advice = "stop the server, keep a copy of the data folder, and restore a backup";
    Row::faulty("database", format!("{error:#}"), advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_never_set_is_a_fault() {
        assert_eq!(clock(0).detail, "1970-01-01 00:00:00Z is long ago");
        assert_eq!(clock(CLOCK_AT_LEAST).verdict, "ok");
    }
}
