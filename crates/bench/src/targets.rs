//! What the figures should be: bounds on ratios, so that they hold on any machine.

use serde::{Deserialize, Serialize};

use crate::data::Amount;
use crate::delays::BESIDE;
use crate::reads::{self, ORDERS};
use crate::results::{Results, Sample, subject};
use crate::start;
use crate::writes::{self, Step};

/// A bound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// What is compared.
#[derive(Clone, Copy, Debug)]
enum Metric {
    Cpu,
    Rate,
}

impl Metric {
    fn of(self, sample: &Sample) -> f64 {
        match self {
            Self::Cpu => sample.cpu_micros,
            Self::Rate => sample.per_second,
        }
    }
}

/// What a target is about.
#[derive(Clone, Debug)]
enum Value {
    /// One figure divided by another; each is subject, workload and connections.
    Ratio(Metric, [(&'static str, String, usize); 2]),
    /// The delay that one in a hundred short reads exceeds, in milliseconds.
    Delay(&'static str, &'static str),
    /// A fact.
    Fact(&'static str),
}

/// A target.
#[derive(Clone, Debug)]
struct Target {
    name: String,
    value: Value,
    bound: Bound,
}

/// A target and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Judged {
    pub(crate) name: String,
    pub(crate) bound: Bound,
    /// What was found; nothing where it was not measured.
    pub(crate) found: Option<f64>,
}

impl Judged {
    /// What to say of it.
    pub(crate) fn verdict(&self) -> &'static str {
        match (self.found, self.bound) {
            (None, _) => "not measured",
            (Some(found), Bound::AtMost(bound)) if found <= bound => "met",
            (Some(found), Bound::AtLeast(bound)) if found >= bound => "met",
            _ => "missed",
        }
    }

    /// The bound in words.
    pub(crate) fn bound(&self) -> String {
        match self.bound {
            Bound::AtMost(bound) => format!("≤ {bound}"),
            Bound::AtLeast(bound) => format!("≥ {bound}"),
        }
    }
}

/// Holds the results against every target; `medium` is the size that most is measured at.
pub(crate) fn judge(results: &Results, amount: Amount, medium: usize) -> Vec<Judged> {
    let judged = |target: Target| Judged {
        found: target.value.find(results),
        name: target.name,
        bound: target.bound,
    };
    let mut targets = of_lists(amount, medium);
    targets.extend(of_searches(medium));
    targets.extend(of_writes(medium));
    targets.extend(of_the_process(amount));
    targets.into_iter().map(judged).collect()
}

impl Value {
    fn find(&self, results: &Results) -> Option<f64> {
        match self {
            Self::Ratio(metric, sides) => {
                let side = |(subject, workload, connections): &(&str, String, usize)| {
                    let sample = results.median(subject, workload, *connections)?;
                    Some(metric.of(sample)).filter(|value| *value > 0.0)
                };
                Some(side(&sides[0])? / side(&sides[1])?)
            }
            Self::Delay(subject, workload) => {
                let at = |figure: &&crate::results::Figure| {
                    figure.about.subject == *subject && figure.about.workload == *workload
                };
                results.figures.iter().find(at).map(|figure| figure.median.p99)
            }
            Self::Fact(name) => results.fact(name),
        }
    }
}

fn of_lists(amount: Amount, medium: usize) -> Vec<Target> {
    let list = reads::list_of(10, medium);
    let cpu = |top: (&'static str, String, usize), bottom: (&'static str, String, usize)| {
        Value::Ratio(Metric::Cpu, [top, bottom])
    };
    let ours = |workload: &str, connections| (subject::SQLITE, workload.to_owned(), connections);
    let fixed = |workload: &str| (subject::STATIC, workload.to_owned(), 16);
    let rate = |top: &'static str, bottom: &'static str| {
        Value::Ratio(Metric::Rate, [(top, list.clone(), 16), (bottom, list.clone(), 16)])
    };
    let mut targets = vec![
        Target {
            name: "list of 10: processor time, to a static answer".to_owned(),
            value: cpu(ours(&list, 16), fixed(&list)),
            bound: Bound::AtMost(2.5),
        },
        Target {
            name: "the same list again: processor time, to a static answer".to_owned(),
            value: cpu(ours(reads::AGAIN, 16), fixed(reads::AGAIN)),
            bound: Bound::AtMost(1.25),
        },
    ];
    let sizes = amount.sizes();
    for size in &sizes[1..] {
        targets.push(Target {
            name: format!("list of 10: processor time, {size} members to {}", sizes[0]),
            value: cpu(
                ours(&reads::list_of(10, *size), 16),
                ours(&reads::list_of(10, sizes[0]), 16),
            ),
            bound: Bound::AtMost(1.1),
        });
    }
    targets.push(Target {
        name: "list of 10: requests a second, to better-auth".to_owned(),
        value: rate(subject::SQLITE, subject::PEER),
        bound: Bound::AtLeast(25.0),
    });
    targets.push(Target {
        name: "list of 10 on PostgreSQL: requests a second, to pgbench".to_owned(),
        value: rate(subject::POSTGRES, subject::PGBENCH),
        bound: Bound::AtLeast(2.0),
    });
    for (workload, bound) in [(reads::OFFSET, 20.0), (reads::CURSOR, 1.1)] {
        targets.push(Target {
            name: format!("{workload}: processor time, to the first page"),
            value: cpu(ours(workload, 1), ours(&list, 1)),
            bound: Bound::AtMost(bound),
        });
    }
    targets
}

fn of_searches(medium: usize) -> Vec<Target> {
    let list = reads::list_of(10, medium);
    let to = |workload: String, base: String, bound: f64, what: &str| Target {
        name: format!("{workload}: processor time, to {what}"),
        value: Value::Ratio(
            Metric::Cpu,
            [(subject::SQLITE, workload, 1), (subject::SQLITE, base, 1)],
        ),
        bound: Bound::AtMost(bound),
    };
    let orders = ORDERS[1..]
        .iter()
        .map(|order| to(reads::by(order), reads::by("created_at"), 5.0, "`created_at`"));
    let selective = reads::SELECTIVE
        .iter()
        .map(|workload| to((*workload).to_owned(), list.clone(), 20.0, "a list of 10"));
    let common = to(reads::COMMON.to_owned(), list.clone(), 200.0, "a list of 10");
    orders.chain(selective).chain([common]).collect()
}

fn of_writes(medium: usize) -> Vec<Target> {
    let places = [writes::EMPTY.to_owned(), writes::medium(medium), writes::SPREAD.to_owned()];
    let mut targets = Vec::new();
    let mut add = |workload: &str, connections, sides: [&'static str; 2], bound, to: &str| {
        let side = |subject| (subject, workload.to_owned(), connections);
        targets.push(Target {
            name: format!("{workload}, {connections} connections: a second, to {to}"),
            value: Value::Ratio(Metric::Rate, sides.map(side)),
            bound: Bound::AtLeast(bound),
        });
    };
    for step in Step::ALL {
        for place in &places {
            let workload = writes::workload(step, place);
            for connections in [16, 64] {
                let sides = [subject::SQLITE, subject::DRIVER];
                add(&workload, connections, sides, 0.5, "the bare driver");
            }
        }
    }
    for step in [Step::Create, Step::Delete] {
        let workload = writes::workload(step, &places[1]);
        for (connections, bound) in [(16, 15.0), (64, 25.0)] {
            let sides = [subject::SQLITE, subject::PEER];
            add(&workload, connections, sides, bound, "better-auth");
        }
    }
    for (place, bound) in [(&places[1], 5.0), (&places[2], 2.0)] {
        let workload = writes::workload(Step::Create, place);
        let sides = [subject::POSTGRES, subject::PGBENCH];
        add(&workload, 64, sides, bound, "pgbench on PostgreSQL");
    }
    targets
}

fn of_the_process(amount: Amount) -> Vec<Target> {
    let fact = |name: &str, fact, bound| Target {
        name: name.to_owned(),
        value: Value::Fact(fact),
        bound: Bound::AtMost(bound),
    };
    let mut targets = vec![fact("memory when idle, MiB", start::IDLE, 30.0)];
    if amount.members <= 100_000 {
        // What the system keeps of the file beside it, it gives up where others need the room.
        let name = "memory at most under load, SQLite's page cache in it, MiB";
        targets.push(fact(name, start::PEAK, 150.0));
    }
    let name = format!("start to first answer with {} memberships at least, ms", amount.members);
    targets.push(fact(&name, start::COLD, 50.0));
    for subject in [subject::SQLITE, subject::POSTGRES] {
        for workload in &BESIDE[1..] {
            targets.push(Target {
                name: format!("{workload}, {subject}: p99, ms"),
                value: Value::Delay(subject, workload),
                bound: Bound::AtMost(10.0),
            });
        }
    }
    targets
}
