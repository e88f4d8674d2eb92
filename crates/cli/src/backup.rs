//! `guildhall backup`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;
use guildhall_store::{Backup, BackupError, Contents, Progress, SystemClock, backup};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::confirm::ConfirmArguments;
use crate::exit::ExitStatus;
use crate::failure::Refusal;
use crate::folder::FolderArguments;
use crate::output::{Output, OutputArguments, fields};
use crate::text::instant;

/// From how many bytes on it is worth showing how far a copy has come.
const LARGE: u64 = 16 << 20;
/// How much further back than a server it stands when both want a processor, of 19 at most.
const POLITENESS: i32 = 15;

/// Write a backup of the database to a file, while the server runs or not.
///
/// The backup holds what was committed at one moment, and requests go on meanwhile. It is checked
/// as `guildhall doctor` checks a database, and only then gets its name: until then, and where
/// anything fails, there is no FILE, or the old one. Only the owner may read it; it holds
/// everything but the plain text of keys. `guildhall restore` puts it back.
#[derive(Debug, Args)]
pub(crate) struct BackupArguments {
    /// The file to write
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    folder: FolderArguments,
    #[command(flatten)]
    confirm: ConfirmArguments,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Serialize)]
struct Row<'a> {
    file: &'a Path,
    bytes: u64,
    sha256: String,
    /// Which moment of the database it holds, in Unix milliseconds.
    taken_at: i64,
    schema_version: i64,
    rows: Rows,
}

/// How many rows of each kind there are.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Rows {
    instances: u64,
    keys: u64,
    organizations: u64,
    users: u64,
    memberships: u64,
}

impl From<Contents> for Rows {
    fn from(contents: Contents) -> Self {
        let Contents { instances, keys, organizations, users, memberships, .. } = contents;
        Self { instances, keys, organizations, users, memberships }
    }
}

impl Rows {
    /// The numbers for a table.
    pub(crate) fn fields(self) -> [(&'static str, String); 5] {
        let Self { instances, keys, organizations, users, memberships } = self;
        [
            ("instances", instances.to_string()),
            ("keys", keys.to_string()),
            ("organizations", organizations.to_string()),
            ("users", users.to_string()),
            ("memberships", memberships.to_string()),
        ]
    }
}

pub(crate) async fn run(arguments: BackupArguments) -> Result<ExitStatus> {
    let file = &arguments.file;
    arguments.folder.only()?;
    let folder = arguments.folder.existing()?;
    if file.is_dir() {
        bail!("`{}` is a folder; give a file in it", file.display());
    }
    if file.symlink_metadata().is_ok() {
        let question = format!("Replace `{}`?", file.display());
        arguments.confirm.confirm(&question)?;
    }
    let bar = Bar::new();
    // Requests go first where the server runs on the same cores; as it is, it is slower only.
    let _ = rustix::process::nice(POLITENESS);
    let mut show = |progress| bar.show(progress);
    let made = backup(&folder.data, file, Arc::new(SystemClock), &mut show).await;
    bar.clear();
    let Backup { taken_at, bytes, sha256, contents } = made.map_err(told)?;
    let schema_version = contents.schema_version;
    let rows = contents.into();
    let row = Row { file, bytes, sha256, taken_at, schema_version, rows };
    Output::new(arguments.output).show(&row, |row| {
        let [instances, keys, organizations, users, memberships] = row.rows.fields();
        fields([
            ("file", row.file.display().to_string()),
            ("bytes", row.bytes.to_string()),
            ("sha256", row.sha256.clone()),
            ("taken at", instant(row.taken_at)),
            ("schema version", row.schema_version.to_string()),
            instances,
            keys,
            organizations,
            users,
            memberships,
        ])
    })?;
    Ok(ExitStatus::Done)
}

/// What is refused and what failed end differently.
pub(crate) fn told(error: BackupError) -> anyhow::Error {
    if error.is_refusal() { Refusal(error.to_string()).into() } else { error.into() }
}

/// How far a copy has come, on stderr where that is a terminal and the file is large.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new() -> Self {
        // It draws nothing where stderr is no terminal.
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes} of {total_bytes}");
        Self(bar.with_style(style.expect("the template is right")))
    }

    pub(crate) fn show(&self, progress: Progress) {
        match progress {
            Progress::Copied { of, .. } if of < LARGE => {}
            Progress::Copied { bytes, of } => {
                self.0.set_length(of);
                self.0.set_message("copying");
                self.0.set_position(bytes);
            }
            Progress::Checking if self.0.position() == 0 => {}
            Progress::Checking => self.0.set_message("checking"),
        }
    }

    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
