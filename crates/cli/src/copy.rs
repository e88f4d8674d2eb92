//! `guildhall copy`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use guildhall_store::{
    CopyError, CopyProgress, CopySource, DataFolder, Database, PostgresSettings, Restart, copy,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::confirm::ConfirmArguments;
use crate::exit::ExitStatus;
use crate::failure::Refusal;
use crate::output::{Output, OutputArguments, rows};

/// How the database in a data folder is called.
const DATABASE: &str = "guildhall.db";
/// From how many rows on it is worth showing how far a copy has come.
const MANY: u64 = 10_000;

/// Copy everything to another database: from SQLite to PostgreSQL, or back.
///
/// Instances, keys, organizations, users, memberships and all else keep their ids, their times and
/// their order, so that clients see no difference. Stop the servers of both first: a data folder
/// that a server uses is refused, and what servers write to PostgreSQL after the copy began is not
/// in it. The target is an empty database, whose schema is made, by a role that may do so. Both may
/// be of one kind too.
///
/// Killed at any moment, the command goes on where it was when it is run again. At the end it
/// compares every table of both by number and checksum of the rows; before that, no server and no
/// other command opens the target.
#[derive(Debug, Args)]
pub(crate) struct CopyArguments {
    /// What to copy: `sqlite:FOLDER`, the file of a backup as `sqlite:FILE`, or
    /// `postgres://user@host/name`
    #[arg(long, value_name = "DATABASE")]
    from: String,
    /// Where to copy to: `sqlite:FOLDER`, which is made if need be, or `postgres://user@host/name`
    #[arg(long, value_name = "DATABASE")]
    to: String,
    /// A file that holds the password of the PostgreSQL database to copy
    #[arg(long, value_name = "FILE")]
    from_password_file: Option<PathBuf>,
    /// A file that holds the password of the PostgreSQL database to copy to
    #[arg(long, value_name = "FILE")]
    to_password_file: Option<PathBuf>,
    /// Throw away what an unfinished copy has written to the target, and begin anew
    #[arg(long)]
    restart: bool,
    #[command(flatten)]
    confirm: ConfirmArguments,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Serialize)]
struct Copied {
    /// The source, without its password.
    from: String,
    schema_version: i64,
    tables: Vec<Table>,
}

#[derive(Serialize)]
struct Table {
    table: &'static str,
    rows: u64,
    /// Of the rows in the order of their keys; the same on every database.
    sha256: String,
}

pub(crate) async fn run(arguments: CopyArguments) -> Result<ExitStatus> {
    let from = source(&arguments.from, arguments.from_password_file)
        .with_context(|| "--from".to_owned())?;
    let to =
        target(&arguments.to, arguments.to_password_file).with_context(|| "--to".to_owned())?;
    let restart = if arguments.restart {
        arguments.confirm.confirm("Throw away what is copied already, and begin anew?")?;
        Restart::Yes
    } else {
        Restart::No
    };
    let bar = Bar::new();
    let made = copy(&from, &to, restart, &mut |progress| bar.show(progress)).await;
    bar.clear();
    let guildhall_store::Copied { source: from, schema_version, tables } = made.map_err(told)?;
    let table = |it: guildhall_store::CopiedTable| Table {
        table: it.table,
        rows: it.rows,
        sha256: it.sha256,
    };
    let copied = Copied { from, schema_version, tables: tables.into_iter().map(table).collect() };
    Output::new(arguments.output).show(&copied, |copied| {
        let row = |it: &Table| [it.table.to_owned(), it.rows.to_string(), it.sha256.clone()];
        rows(["TABLE", "ROWS", "SHA256"], copied.tables.iter().map(row))
    })?;
    Ok(ExitStatus::Done)
}

/// What is refused and what failed end differently.
fn told(error: CopyError) -> anyhow::Error {
    if error.is_refusal() { Refusal(error.to_string()).into() } else { error.into() }
}

fn source(text: &str, password_file: Option<PathBuf>) -> Result<CopySource> {
    let Some(path) = path(text) else {
        return Ok(CopySource::Database(postgres(text, password_file)?));
    };
    if path.is_file() && path.file_name().is_none_or(|name| name != DATABASE) {
        return Ok(CopySource::File(path.to_owned()));
    }
    let folder = DataFolder::open_existing(folder_of(path))?;
    Ok(CopySource::Database(folder.into()))
}

fn target(text: &str, password_file: Option<PathBuf>) -> Result<Database> {
    let Some(path) = path(text) else { return postgres(text, password_file) };
    let folder = folder_of(path);
    if folder.is_file() {
        bail!("`{}` is a file; give the folder of a server", folder.display());
    }
    Ok(DataFolder::open(folder)?.into())
}

fn path(text: &str) -> Option<&Path> {
    text.strip_prefix("sqlite:").map(Path::new)
}

/// The data folder: the one that is named, or the one of the file that is.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if path.file_name().is_some_and(|name| name == DATABASE) => {
            if parent.as_os_str().is_empty() { Path::new(".") } else { parent }
        }
        _ => path,
    }
}

fn postgres(text: &str, password_file: Option<PathBuf>) -> Result<Database> {
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        bail!("it begins with neither `sqlite:` nor `postgres://`");
    }
    let mut settings = PostgresSettings::new(text)?;
    settings.password_file = password_file;
    Ok(settings.into())
}

/// How far a copy has come, on stderr where that is a terminal and there are many rows.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        // It draws nothing where stderr is no terminal.
        let bar = ProgressBar::new(0);
        let style =
            ProgressStyle::with_template("{msg} {wide_bar} {human_pos} of {human_len} rows");
        Self(bar.with_style(style.expect("the template is right")))
    }

    fn show(&self, progress: CopyProgress) {
        let (message, rows, of) = match progress {
            CopyProgress::InUse { connections } => {
                return Output::note(&format!(
                    "warning: guildhall has {connections} other connections to the source; what its \
                     servers write from now on is not copied"
                ));
            }
            CopyProgress::Copied { rows, of } => ("copying", rows, of),
            CopyProgress::Compared { rows, of } => ("comparing", rows, of),
        };
        if of >= MANY {
            self.0.set_length(of);
            self.0.set_message(message);
            self.0.set_position(rows);
        }
    }

    fn clear(&self) {
        self.0.finish_and_clear();
    }
}
