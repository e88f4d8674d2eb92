//! `guildhall completions`.

use std::io::Write;

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::exit::ExitStatus;

/// Print the completions for a shell.
///
/// For bash: `guildhall completions bash > ~/.local/share/bash-completion/completions/guildhall`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell to complete in.
    shell: Shell,
}

pub(crate) fn run(arguments: &CompletionsArguments) -> Result<ExitStatus> {
    // clap_complete panics where a write fails, on a closed pipe for example; a vector takes all.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "guildhall", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(ExitStatus::Done)
}
