//! Metadata as an argument: the JSON itself, `@file`, or `-` for stdin.

use std::io::Read;

use anyhow::{Context, Result, bail};
use guildhall_sdk::Metadata;

/// What stands for stdin.
const STDIN: &str = "-";

/// Reads the metadata arguments of a command, each named by its flag.
pub(crate) fn read_all<const N: usize>(
    arguments: [(&str, Option<&str>); N],
) -> Result<[Option<Metadata>; N]> {
    refuse_second_stdin(&arguments)?;
    let mut values = [const { None }; N];
    for (value, argument) in values.iter_mut().zip(arguments) {
        *value = read(argument)?;
    }
    Ok(values)
}

/// Refuses arguments of which more than one is to be read from stdin.
pub(crate) fn refuse_second_stdin(arguments: &[(&str, Option<&str>)]) -> Result<()> {
    let mut from_stdin = arguments.iter().filter(|(_, value)| *value == Some(STDIN));
    if let (Some((first, _)), Some((second, _))) = (from_stdin.next(), from_stdin.next()) {
        bail!("`{first}` and `{second}` cannot both be read from stdin");
    }
    Ok(())
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
