//! The question before something is done that cannot be taken back.

use std::io::{self, IsTerminal, Write};

use anyhow::{Result, bail};
use clap::Args;

use crate::failure::Refusal;
use crate::text::printable;

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ConfirmArguments {
    /// Do not ask; needed where there is no terminal to ask on
    #[arg(long, short)]
    yes: bool,
}

impl ConfirmArguments {
    /// Asks whether to go on; an error where the answer is no or nobody can be asked.
    pub(crate) fn confirm(self, question: &str) -> Result<()> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            bail!("this cannot be taken back, and there is no terminal to ask on; give `--yes`");
        }
        write!(io::stderr(), "{} [y/N] ", printable(question))?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => bail!(Refusal("not confirmed; nothing was changed".to_owned())),
        }
    }
}
