//! What was measured: samples, their medians, facts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::data::Amount;
use crate::load::Seen;
use crate::machine::Machine;
use crate::targets::Judged;

/// Who answered.
pub(crate) mod subject {
    /// The same bytes from memory, through the same HTTP stack.
    pub(crate) const STATIC: &str = "static";
    /// Guildhall on SQLite.
    pub(crate) const SQLITE: &str = "guildhall";
    /// Guildhall on PostgreSQL.
    pub(crate) const POSTGRES: &str = "guildhall-postgres";
    /// The same rows through the bare driver of SQLite.
    pub(crate) const DRIVER: &str = "driver";
    /// The bare driver behind a server that does nothing else.
    pub(crate) const BARE: &str = "bare-server";
    /// The same statements by PostgreSQL's own load tool, a transaction each.
    pub(crate) const PGBENCH: &str = "pgbench";
    /// better-auth with its organization plugin.
    pub(crate) const PEER: &str = "better-auth";
}

/// A part of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Section {
    Lists,
    Places,
    Orders,
    Filters,
    Users,
    Writes,
    Mixed,
    Delays,
}

/// What a figure is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) section: Section,
    /// The place in the section.
    pub(crate) place: usize,
    pub(crate) workload: String,
    pub(crate) connections: usize,
    pub(crate) subject: String,
}

/// One run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) requests: usize,
    pub(crate) per_second: f64,
    /// Processor time of the server per request, in microseconds; 0 where it is not known.
    pub(crate) cpu_micros: f64,
    /// Delays in milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Sample {
    /// What was seen, and the processor time that the server took for all of it.
    pub(crate) fn new(seen: &Seen, cpu_micros: f64) -> Self {
        Self {
            requests: seen.requests,
            per_second: seen.per_second(),
            cpu_micros: cpu_micros / seen.requests.max(1) as f64,
            p50: seen.percentile(50.0),
            p99: seen.percentile(99.0),
            max: seen.percentile(100.0),
        }
    }
}

/// The samples of one thing, and their median.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Figure {
    #[serde(flatten)]
    pub(crate) about: About,
    /// Each value is the median of its own.
    pub(crate) median: Sample,
    pub(crate) samples: Vec<Sample>,
}

/// One number about the whole, by what it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: String,
}

/// Everything of a run, as it is written to a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) version: String,
    pub(crate) commit: String,
    pub(crate) is_quick: bool,
    pub(crate) runs: usize,
    pub(crate) amount: Option<Amount>,
    pub(crate) machine: Machine,
    /// What was left out, and why.
    pub(crate) skipped: Vec<String>,
    pub(crate) figures: Vec<Figure>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) targets: Vec<Judged>,
}

impl Results {
    /// The median of what was measured, if it was.
    pub(crate) fn median(
        &self,
        subject: &str,
        workload: &str,
        connections: usize,
    ) -> Option<&Sample> {
        let is_it = |figure: &&Figure| {
            let about = &figure.about;
            about.subject == subject
                && about.workload == workload
                && about.connections == connections
        };
        self.figures.iter().find(is_it).map(|figure| &figure.median)
    }

    /// The value of a fact, if it is known.
    pub(crate) fn fact(&self, name: &str) -> Option<f64> {
        self.facts.iter().find(|fact| fact.name == name).map(|fact| fact.value)
    }

    /// Notes a fact.
    pub(crate) fn note(&mut self, name: &str, value: f64, unit: &str) {
        let (name, unit) = (name.to_owned(), unit.to_owned());
        self.facts.push(Fact { name, value, unit });
    }
}

/// Samples as they come.
#[derive(Debug, Default)]
pub(crate) struct Samples(BTreeMap<About, Vec<Sample>>);

impl Samples {
    /// Adds one.
    pub(crate) fn add(&mut self, about: About, sample: Sample) {
        eprintln!(
            "  {:<19} {:<44} {:>2} conn. {:>9.0}/s {:>9.1} µs {:>8.2} ms p99",
            about.subject,
            about.workload,
            about.connections,
            sample.per_second,
            sample.cpu_micros,
            sample.p99
        );
        self.0.entry(about).or_default().push(sample);
    }

    /// Adds one that may have failed for reasons that are none of ours, such as a PostgreSQL that
    /// takes no more connections.
    pub(crate) fn add_if(&mut self, about: About, sample: anyhow::Result<Sample>) {
        match sample {
            Ok(sample) => self.add(about, sample),
            Err(error) => {
                eprintln!("skipped: {}, {}: {error:#}", about.subject, about.workload);
            }
        }
    }

    /// All of them, with their medians.
    pub(crate) fn figures(self) -> Vec<Figure> {
        let figure = |(about, samples): (About, Vec<Sample>)| {
            let of = |value: fn(&Sample) -> f64| median(samples.iter().map(value));
            let median = Sample {
                requests: samples.iter().map(|sample| sample.requests).sum(),
                per_second: of(|sample| sample.per_second),
                cpu_micros: of(|sample| sample.cpu_micros),
                p50: of(|sample| sample.p50),
                p99: of(|sample| sample.p99),
                max: of(|sample| sample.max),
            };
            Figure { about, median, samples }
        };
        self.0.into_iter().map(figure).collect()
    }
}

/// The middle value; of an even number, the lower of the two.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or(0.0)
}
