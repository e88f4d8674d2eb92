//! Metadata as an argument: the JSON itself, `@file`, or `-` for stdin.

use std::io::Read;

use anyhow::{Context, Result, bail};
use guildhall_sdk::Metadata;

/// What stands for stdin.
const STDIN: &str = "-";

/// Reads both metadata arguments of a command, named by their flags.
pub(crate) fn read_both(
    public: (&str, Option<&str>),
    private: (&str, Option<&str>),
) -> Result<(Option<Metadata>, Option<Metadata>)> {
    if public.1 == Some(STDIN) && private.1 == Some(STDIN) {
        bail!("`{}` and `{}` cannot both be read from stdin", public.0, private.0);
    }
    Ok((read(public)?, read(private)?))
}

fn read((flag, argument): (&str, Option<&str>)) -> Result<Option<Metadata>> {
    let Some(argument) = argument else { return Ok(None) };
    let text = match argument.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("`{flag}`: cannot read `{path}`"))?,
        None if argument == STDIN => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.with_context(|| format!("`{flag}`: cannot read stdin"))?;
            text
        }
        None => argument.to_owned(),
    };
    serde_json::from_str(&text)
        .map(Some)
        .with_context(|| format!("`{flag}` must be a JSON object, like `{{\"team\":\"red\"}}`"))
}
