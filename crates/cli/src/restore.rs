//! `guildhall restore`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use guildhall_store::{Clock, Contents, Restored, SystemClock, restore};
use serde::Serialize;

use crate::backup::{Bar, Rows, told};
use crate::database::beside;
use crate::exit::ExitStatus;
use crate::folder::{Folder, FolderArguments};
use crate::output::{Output, OutputArguments, fields};
use crate::text::NOTHING;

/// Put a backup in the place of the database, while no server uses the folder.
///
/// The backup is copied and checked first, and nothing changes where it is damaged, of something
/// else, or of a newer guildhall. The database that was there stays in the folder as
/// `guildhall.db.before-restore-` and the time; to take the restore back, restore that file.
/// Killed at any moment, the command leaves the one database or the other. The folder is made if
/// there is none.
#[derive(Debug, Args)]
pub(crate) struct RestoreArguments {
    /// A file that `guildhall backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    folder: FolderArguments,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Serialize)]
struct Row<'a> {
    file: &'a Path,
    bytes: u64,
    sha256: String,
    schema_version: i64,
    rows: Rows,
    /// Where the database is that was there; `null` where there was none.
    kept: Option<PathBuf>,
    development_key: DevelopmentKey,
}

/// What becomes of the development key that the folder keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum DevelopmentKey {
    /// The folder keeps none.
    None,
    /// It opens the restored database.
    Valid,
    /// The restored database does not know it.
    Unknown,
    /// Nobody knows before the server has updated the schema.
    Unchecked,
}

impl DevelopmentKey {
    async fn of(folder: &Folder, contents: Contents) -> Self {
        let Some(secret_key) = folder.data.development_key() else {
            return Self::None;
        };
        // Opened, an older database would be updated, which is left to the server.
        if !contents.is_current() {
            return Self::Unchecked;
        }
        let store = beside(&folder.data.clone().into(), &folder.setting).await;
        let Ok(store) = store else { return Self::Unchecked };
        match store.instance_of_key(&secret_key).await {
            Ok(Some(_)) => Self::Valid,
            Ok(None) => Self::Unknown,
            Err(_) => Self::Unchecked,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::None => NOTHING,
            Self::Valid => "opens it",
            Self::Unknown => "does not open it; the next start of the server makes a new one",
            Self::Unchecked => {
                "if it does not open it, the next start of the server makes a new one"
            }
        }
    }
}

pub(crate) async fn run(arguments: RestoreArguments) -> Result<ExitStatus> {
    let file = &arguments.file;
    arguments.folder.only()?;
    // Before the folder is made.
    file.metadata().with_context(|| format!("`{}`", file.display()))?;
    let folder = arguments.folder.made()?;
    let bar = Bar::new();
    let label = label(SystemClock.now());
    let mut show = |progress| bar.show(progress);
    let clock = Arc::new(SystemClock);
    let restored = restore(&folder.data, file, &label, clock, &mut show).await;
    bar.clear();
    let Restored { bytes, sha256, contents, kept } = restored.map_err(told)?;
    let row = Row {
        file,
        bytes,
        sha256,
        schema_version: contents.schema_version,
        rows: contents.into(),
        kept,
        development_key: DevelopmentKey::of(&folder, contents).await,
    };
    Output::new(arguments.output).show(&row, |row| {
        let [instances, keys, organizations, users, memberships] = row.rows.fields();
        let kept = row.kept.as_ref().map_or(NOTHING.to_owned(), |kept| kept.display().to_string());
        fields([
            ("restored", row.file.display().to_string()),
            ("bytes", row.bytes.to_string()),
            ("sha256", row.sha256.clone()),
            ("schema version", row.schema_version.to_string()),
            instances,
            keys,
            organizations,
            users,
            memberships,
            ("kept", kept),
            ("development key", row.development_key.as_str().to_owned()),
        ])
    })?;
    Ok(ExitStatus::Done)
}

/// An instant of Unix milliseconds as part of a file's name, in UTC.
fn label(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds).map_or_else(
        |_| milliseconds.to_string(),
        |instant| instant.strftime("%Y%m%dT%H%M%S.%3fZ").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_can_be_part_of_a_name_and_rises_with_time() {
        assert_eq!(label(1_350_717_320_902), "20121020T071520.902Z");
    }
}
