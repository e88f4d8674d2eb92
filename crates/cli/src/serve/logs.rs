//! Logs of the server: on stderr, for people on a terminal and as lines of JSON elsewhere.

use std::io::{self, IsTerminal};

use anyhow::{Context, Result, anyhow, bail};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Writes logs that `filter` lets through from now on.
pub(crate) fn start(filter: &str) -> Result<()> {
    let filter = read(filter)?;
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr).log_internal_errors(false);
    let layer = if io::stderr().is_terminal() {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        layer.with_ansi(!plain).boxed()
    } else {
        layer.json().flatten_event(true).boxed()
    };
    tracing_subscriber::registry().with(filter).with(layer).try_init().context("logs")
}

fn read(text: &str) -> Result<Targets> {
    let targets = text.parse().map_err(|_| bad(text))?;
    // A word alone would be taken for the name of a target, and a misspelt level log everything.
    // tracing also takes an empty text for a level.
    let is_level = |part: &str| !part.is_empty() && part.parse::<LevelFilter>().is_ok();
    let is_known = |part: &str| part.contains('=') || is_level(part.trim());
    if !text.split(',').all(is_known) {
        bail!(bad(text));
    }
    Ok(targets)
}

fn bad(text: &str) -> anyhow::Error {
    anyhow!(
        "`{text}` is no filter; levels are off, error, warn, info, debug and trace, \
         `info,guildhall::request=off` sets one part apart"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_targets_are_filters() {
        for filter in ["info", "WARN", "off", "info,guildhall::request=off", "hyper=off, error"] {
            assert!(read(filter).is_ok(), "{filter}");
        }
    }

    #[test]
    fn a_misspelt_level_is_refused() {
        for filter in ["", "verbose", "info,loud", "guildhall_server=loud", "info,"] {
            assert!(read(filter).is_err(), "{filter}");
        }
    }
}
