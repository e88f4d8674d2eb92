//! The checker: is there an order of the calls, each taking effect at one moment between its
//! sending and its answer, in which every answer is the one of the model?
//!
//! The search is that of Wing and Gong with the memory of Lowe: it takes one call after the other
//! that may come next, goes back where none explains what was seen, and never visits the same set
//! of calls with the same state again. A call that nobody was answered may come at any time after
//! it was sent, or not at all.

use std::collections::HashSet;

use crate::model::{Seen, State};
use crate::partition::{Partition, Step};

/// How many states a search may visit where nothing else is said.
pub const BUDGET: usize = 3_000_000;

/// What was found out about a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// An order explains every answer.
    Linearizable,
    /// No order does. The number is that of the first call whose answer cannot be explained,
    /// together with all that was answered before it.
    Violated(u32),
    /// The search took too long. This is no acquittal.
    Undecided,
}

/// Decides whether an order of the calls explains every answer, visiting `budget` states at most.
pub fn check(partition: &Partition, budget: usize) -> Verdict {
    match search(partition, &partition.steps, budget) {
        Search::Found => Verdict::Linearizable,
        Search::NotFound => Verdict::Violated(culprit(partition, budget)),
        // A history cannot be right where its beginning is wrong, and that may be found sooner.
        Search::GivenUp if first_wrong(partition, budget).is_some() => {
            Verdict::Violated(culprit(partition, budget))
        }
        Search::GivenUp => Verdict::Undecided,
    }
}

/// The first call whose answer makes the beginning of the history wrong.
fn culprit(partition: &Partition, budget: usize) -> u32 {
    let ends = ends(partition);
    let mut wrong = first_wrong(partition, budget).unwrap_or(ends.len());
    let mut right = 0;
    // What begins wrong stays wrong, so that halving finds where it begins.
    while wrong - right > 1 {
        let middle = right.midpoint(wrong);
        match search(partition, &beginning(partition, ends[middle - 1].0), budget) {
            Search::NotFound => wrong = middle,
            Search::Found | Search::GivenUp => right = middle,
        }
    }
    ends[wrong - 1].1
}

/// How many answers of a beginning, tried ever longer, are known to be wrong together.
fn first_wrong(partition: &Partition, budget: usize) -> Option<usize> {
    let ends = ends(partition);
    let lengths = [16, 8, 4, 2, 1].map(|part| ends.len().div_ceil(part));
    lengths.into_iter().filter(|length| *length > 0).find(|length| {
        let steps = beginning(partition, ends[length - 1].0);
        matches!(search(partition, &steps, budget), Search::NotFound)
    })
}

/// When each answer had been read, and to which call, in that order.
fn ends(partition: &Partition) -> Vec<(u64, u32)> {
    let answered = partition.steps.iter().filter(|step| step.seen != Seen::Unknown);
    let mut ends: Vec<_> = answered.map(|step| (step.returned_at, step.number)).collect();
    ends.sort_unstable();
    ends
}

/// The history as it was at a moment: what was not answered by then may have been done or not.
fn beginning(partition: &Partition, end: u64) -> Vec<Step> {
    let sent = partition.steps.iter().filter(|step| step.invoked_at <= end).cloned();
    sent.map(|step| {
        if step.returned_at <= end {
            return step;
        }
        Step { returned_at: u64::MAX, seen: Seen::Unknown, ..step }
    })
    .collect()
}

enum Search {
    Found,
    NotFound,
    GivenUp,
}

/// Which calls were taken, a bit each.
type Taken = Box<[u64]>;

/// A place in the search.
struct Place {
    state: State,
    taken: Taken,
    /// Answered calls that were not taken yet.
    left: usize,
    /// What may come next, and how many of that was tried.
    choices: Vec<usize>,
    tried: usize,
}

fn search(partition: &Partition, steps: &[Step], budget: usize) -> Search {
    let mut visited: HashSet<(Taken, State)> = HashSet::new();
    let left = steps.iter().filter(|step| step.seen != Seen::Unknown).count();
    let taken = vec![0; steps.len().div_ceil(64)].into_boxed_slice();
    let state = State::before(partition.users);
    let mut start = Place { state, taken, left, choices: Vec::new(), tried: 0 };
    start.look_ahead(partition, steps);
    let mut path = vec![start];
    while let Some(place) = path.last_mut() {
        if place.left == 0 {
            return Search::Found;
        }
        let Some(&choice) = place.choices.get(place.tried) else {
            path.pop();
            continue;
        };
        place.tried += 1;
        let step = &steps[choice];
        let Some(state) = place.state.explain(&step.action, &step.seen, partition.ids) else {
            continue;
        };
        let mut next = Place {
            state,
            taken: place.taken.clone(),
            left: place.left,
            choices: Vec::new(),
            tried: 0,
        };
        next.take(choice, step);
        next.look_ahead(partition, steps);
        if visited.len() >= budget {
            return Search::GivenUp;
        }
        if visited.insert((next.taken.clone(), next.state.clone())) {
            path.push(next);
        }
    }
    Search::NotFound
}

impl Place {
    fn take(&mut self, index: usize, step: &Step) {
        self.taken[index / 64] |= 1 << (index % 64);
        self.left -= usize::from(step.seen != Seen::Unknown);
    }

    fn has_taken(&self, index: usize) -> bool {
        self.taken[index / 64] & (1 << (index % 64)) != 0
    }

    /// Finds what may come next. A read or a refusal is taken at once: it changes nothing wherever
    /// it comes, so that whatever order there is, it may as well come first in it.
    fn look_ahead(&mut self, partition: &Partition, steps: &[Step]) {
        loop {
            self.choices = self.may_come_next(steps);
            let harmless: Vec<usize> = self
                .choices
                .iter()
                .copied()
                .filter(|index| {
                    let step = &steps[*index];
                    let never_changes =
                        step.action.is_read() || matches!(step.seen, Seen::Refused(_));
                    let next = self.state.explain(&step.action, &step.seen, partition.ids);
                    never_changes && next.as_ref() == Some(&self.state)
                })
                .collect();
            if harmless.is_empty() {
                return;
            }
            for index in harmless {
                self.take(index, &steps[index]);
            }
        }
    }

    /// Calls that were sent before any other call that is left had been answered: first those
    /// that were answered, the earliest first.
    fn may_come_next(&self, steps: &[Step]) -> Vec<usize> {
        let mut first_answer = u64::MAX;
        let mut next = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            if step.invoked_at > first_answer {
                break;
            }
            if !self.has_taken(index) {
                first_answer = first_answer.min(step.returned_at);
                next.push(index);
            }
        }
        next.sort_by_key(|index| steps[*index].returned_at);
        next
    }
}
