//! The judgement of a history, and how it is told.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use crate::checker::{self, Verdict};
use crate::history::{Call, Outcome};
use crate::invariants;
use crate::partition::{Partition, partitions};

/// How many calls before a wrong answer are told.
const CONTEXT: usize = 16;
/// How many faults are told in full.
const TOLD: usize = 5;

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

/// What was asked, and what became of it, in a word each.
fn kind(call: &Call) -> (String, String) {
    let outcome = match &call.outcome {
        Outcome::Refused(refusal) => word(refusal),
        other => word(other),
    };
    (word(&call.operation), outcome)
}

/// How a history names one of several kinds.
fn word(kind: &impl Serialize) -> String {
    match serde_json::to_value(kind).expect("text and numbers become JSON") {
        Value::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
        name => name.as_str().unwrap_or_default().to_owned(),
    }
}

/// Tells of a wrong answer, with the calls of the organization that came before it.
fn tell(calls: &[Call], partition: &Partition, number: u32) -> String {
    let mut about: Vec<&Call> = calls
        .iter()
        .filter(|call| partition.steps.iter().any(|step| step.number == call.number))
        .collect();
    about.sort_by_key(|call| call.returned_at);
    let end = about.iter().position(|call| call.number == number).map_or(about.len(), |at| at + 1);
    let shown = &about[end.saturating_sub(CONTEXT)..end];
    let mut lines = vec![format!(
        "{}: no order of the calls explains the answer to call {number}; the last calls by answer:",
        partition.organization_id
    )];
    lines.extend(shown.iter().map(|call| line(call)));
    lines.join("\n    ")
}

fn line(call: &Call) -> String {
    let milliseconds = |nanoseconds: u64| {
        let microseconds = nanoseconds / 1000;
        format!("{}.{:03}", microseconds / 1000, microseconds % 1000)
    };
    format!(
        "{} client {} server {}, {}..{} ms: {} -> {}",
        call.number,
        call.client,
        call.server,
        milliseconds(call.invoked_at),
        milliseconds(call.returned_at),
        json(&call.operation),
        json(&call.outcome),
    )
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("text and numbers become JSON")
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
