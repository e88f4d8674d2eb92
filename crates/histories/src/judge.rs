//! The judgement of a history, and how it is told.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Result;

use crate::checker::{self, Verdict};
use crate::history::Call;
use crate::invariants;
use crate::partition::partitions;
use crate::tell::{kind, tell};

/// How many faults are told in full.
const TOLD: usize = 3;

/// What was found out about a history.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// How many calls there are, by operation and outcome.
    pub counts: BTreeMap<(String, String), usize>,
    /// How many organizations were judged.
    pub partitions: usize,
    /// What is wrong, told for people.
    pub faults: Vec<String>,
    /// Organizations whose search took too long.
    pub undecided: Vec<String>,
}

impl Judgement {
    /// Whether everything was decided, and nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty() && self.undecided.is_empty()
    }
}

/// Judges a history; each organization may cost `budget` states of the search.
///
/// # Errors
///
/// The history has a call that none of the harness can be.
pub fn judge(calls: &[Call], budget: usize) -> Result<Judgement> {
    let mut judgement = Judgement { faults: invariants::broken(calls), ..Judgement::default() };
    for call in calls {
        *judgement.counts.entry(kind(call)).or_default() += 1;
    }
    for partition in partitions(calls)? {
        judgement.partitions += 1;
        match checker::check(&partition, budget) {
            Verdict::Linearizable => {}
            Verdict::Violated(number) => judgement.faults.push(tell(calls, &partition, number)),
            Verdict::Undecided => judgement.undecided.push(partition.organization_id),
        }
    }
    Ok(judgement)
}

impl fmt::Display for Judgement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls: usize = self.counts.values().sum();
        let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
        for ((_, outcome), count) in &self.counts {
            *outcomes.entry(outcome).or_default() += count;
        }
        let outcomes: Vec<_> =
            outcomes.iter().map(|(outcome, count)| format!("{outcome} {count}")).collect();
        writeln!(formatter, "{calls} calls ({})", outcomes.join(", "))?;
        for fault in self.faults.iter().take(TOLD) {
            writeln!(formatter, "WRONG {fault}")?;
        }
        if self.faults.len() > TOLD {
            writeln!(formatter, "and {} more faults", self.faults.len() - TOLD)?;
        }
        for organization in &self.undecided {
            writeln!(formatter, "UNDECIDED {organization}: the search took too long")?;
        }
        let (wrong, undecided) = (self.faults.len(), self.undecided.len());
        let organizations = self.partitions;
        write!(formatter, "{organizations} organizations: {wrong} faults, {undecided} undecided")
    }
}
