//! The command `run`: one history after the other, each recorded, judged and told.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::arguments::Run;
use crate::drive::{Driven, HISTORY, drive};
use crate::history::Outcome;
use crate::judge::{Judgement, judge};

/// Fewer answers than this say nothing.
const FEWEST: usize = 100;

/// Records and judges as many histories as asked for, unless one is not right; tells whether all
/// are.
///
/// # Errors
///
/// The harness itself fails, or PostgreSQL is not installed where `CI` is `true`.
pub fn run(arguments: &Run) -> Result<bool> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime can be made")?;
    let first = arguments.seed.unwrap_or_else(|| fastrand::u64(..u64::from(u32::MAX)));
    for seed in first..first.saturating_add(arguments.runs) {
        let folder = tempfile::tempdir().context("no temporary folder can be made")?;
        let driven = runtime.block_on(drive(arguments, seed, folder.path()));
        if matches!(driven, Ok(Driven::Skipped)) {
            println!("skipped: PostgreSQL is not installed");
            return Ok(true);
        }
        let judgement = driven.and_then(|driven| judged(driven, arguments.budget));
        let is_sound = judgement.as_ref().is_ok_and(|(judgement, _)| judgement.is_sound());
        let kept = match &arguments.keep {
            Some(keep) => Some(copy(folder.path(), &keep.join(format!("seed-{seed}")))?),
            None if is_sound => None,
            None => Some(folder.keep().display().to_string()),
        };
        let kept = kept.map(|kept| format!("\nkept in {kept}")).unwrap_or_default();
        let (judgement, events) = judgement.with_context(|| format!("seed {seed}{kept}"))?;
        println!("seed {seed}: {events}\n{judgement}{kept}");
        if !is_sound {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Judges what was recorded; gives how it went, too.
fn judged(driven: Driven, budget: usize) -> Result<(Judgement, String)> {
    let Driven::Recorded { calls, events, faults } = driven else { bail!("nothing was recorded") };
    let mut judgement = judge(&calls, budget)?;
    judgement.faults.extend(faults);
    let answered = calls.iter().filter(|call| matches!(call.outcome, Outcome::Answered(_))).count();
    if answered < FEWEST {
        judgement.faults.push(format!("only {answered} calls were answered: nothing is tested"));
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for event in &events {
        // `killed server 1` and `killed server 2` are told together.
        let what = event.what.trim_end_matches(|letter: char| letter.is_ascii_digit());
        *counts.entry(what.trim_end()).or_default() += 1;
    }
    let counts = counts.into_iter().filter(|(what, _)| !what.starts_with("begun"));
    let events: Vec<_> = counts.map(|(what, count)| format!("{what} {count} times")).collect();
    Ok((judgement, events.join(", ")))
}

/// Copies the history and the logs; gives where they are.
fn copy(from: &Path, to: &Path) -> Result<String> {
    let name = to.display().to_string();
    std::fs::create_dir_all(to).with_context(|| format!("cannot make {name}"))?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let Some(file) = path.file_name() else { continue };
        if file == HISTORY || path.extension().is_some_and(|extension| extension == "log") {
            std::fs::copy(&path, to.join(file)).with_context(|| format!("cannot write {name}"))?;
        }
    }
    Ok(name)
}
