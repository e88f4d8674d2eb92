//! `guildhall man`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, CommandFactory};

use crate::cli::Cli;
use crate::exit::ExitStatus;

/// Write the manual pages, one for each command.
///
/// For the current user: `guildhall man ~/.local/share/man/man1`
#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// The folder to write to; it is made if need be
    folder: PathBuf,
}

pub(crate) fn run(arguments: &ManArguments) -> Result<ExitStatus> {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .with_context(|| format!("cannot write to `{}`", folder.display()))?;
    Ok(ExitStatus::Done)
}
