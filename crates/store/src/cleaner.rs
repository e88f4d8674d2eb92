//! When to go on with what is left to do behind the requests.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::InstanceKey;

/// How long a busy writer waits before it goes on.
const TIME_BETWEEN_STEPS: Duration = Duration::from_millis(20);
/// How often a server looks for what another one, which may have died, has left.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// How long a step that failed is left alone.
const TIME_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A look in which instances something is left to do.
    Look,
    /// A little of what is left to do in one instance.
    Continue(InstanceKey),
}

/// When the next step is due, and which.
#[derive(Debug)]
pub(crate) struct Cleaner {
    /// Instances in which something may be left, in the order of their turns.
    due: VecDeque<InstanceKey>,
    /// Whether nobody has looked yet; a writer that begins may find what an earlier one left.
    is_new: bool,
    /// Whether a step is under way.
    at_work: bool,
    /// Whether others write to the database too.
    is_shared: bool,
    last_look: Instant,
    last_step: Instant,
    /// Not before this instant, after a failure.
    not_before: Instant,
}

impl Cleaner {
    pub(crate) fn new(is_shared: bool) -> Self {
        let now = Instant::now();
        Self {
            due: VecDeque::new(),
            is_new: true,
            at_work: false,
            is_shared,
            last_look: now,
            last_step: now,
            not_before: now,
        }
    }

    /// Whether a step may begin at all.
    pub(crate) fn is_free(&self) -> bool {
        !self.at_work && (self.is_new || self.is_shared || !self.due.is_empty())
    }

    /// When the next step may begin.
    pub(crate) fn next_step(&self, idle: bool) -> Instant {
        let next = match (self.is_new || !self.due.is_empty(), idle) {
            (false, _) => self.last_look + LOOK_INTERVAL,
            (true, true) => self.last_step,
            (true, false) => self.last_step + TIME_BETWEEN_STEPS,
        };
        self.not_before.max(next)
    }

    /// The step that begins now.
    pub(crate) fn begin(&mut self) -> Step {
        self.at_work = true;
        let is_late = self.is_shared && self.last_look.elapsed() >= LOOK_INTERVAL;
        if self.is_new || is_late {
            return Step::Look;
        }
        self.due.pop_front().map_or(Step::Look, Step::Continue)
    }

    /// A step ended; it tells in which instances more may be left, unless it failed.
    pub(crate) fn ended(&mut self, step: Step, left: Option<Vec<InstanceKey>>) {
        self.at_work = false;
        self.last_step = Instant::now();
        match (step, left) {
            (Step::Look, Some(left)) => {
                self.is_new = false;
                self.last_look = self.last_step;
                left.into_iter().for_each(|instance| self.add(instance));
            }
            (Step::Continue(_), Some(left)) => left.into_iter().for_each(|it| self.add(it)),
            (step, None) => {
                self.not_before = self.last_step + TIME_AFTER_FAILURE;
                if let Step::Continue(instance) = step {
                    self.add(instance);
                }
            }
        }
    }

    /// A batch left something in an instance.
    pub(crate) fn add(&mut self, instance: InstanceKey) {
        if !self.due.contains(&instance) {
            self.due.push_back(instance);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: InstanceKey = InstanceKey(1);
    const OTHER: InstanceKey = InstanceKey(2);

    #[test]
    fn instances_take_turns_until_nothing_is_left_in_them() {
        let mut cleaner = Cleaner::new(false);

        assert_eq!(cleaner.begin(), Step::Look);
        cleaner.ended(Step::Look, Some(vec![ONE, OTHER]));
        assert_eq!(cleaner.begin(), Step::Continue(ONE));
        cleaner.ended(Step::Continue(ONE), Some(vec![ONE]));
        assert_eq!(cleaner.begin(), Step::Continue(OTHER));
        cleaner.ended(Step::Continue(OTHER), Some(vec![]));
        assert_eq!(cleaner.begin(), Step::Continue(ONE));
        cleaner.ended(Step::Continue(ONE), Some(vec![]));

        assert!(!cleaner.is_free());
    }

    #[test]
    fn what_failed_is_tried_again_later() {
        let mut cleaner = Cleaner::new(false);
        cleaner.begin();
        cleaner.ended(Step::Look, Some(vec![ONE]));
        cleaner.begin();

        cleaner.ended(Step::Continue(ONE), None);

        assert!(cleaner.is_free());
        assert!(cleaner.next_step(true) > Instant::now());
        assert_eq!(cleaner.begin(), Step::Continue(ONE));
    }

    #[test]
    fn what_another_server_left_is_looked_for_between_the_steps() {
        let mut cleaner = Cleaner::new(true);
        cleaner.begin();
        cleaner.ended(Step::Look, Some(vec![ONE]));

        cleaner.last_look -= LOOK_INTERVAL;

        assert_eq!(cleaner.begin(), Step::Look);
        cleaner.ended(Step::Look, Some(vec![ONE, OTHER]));
        assert_eq!(cleaner.begin(), Step::Continue(ONE));
    }
}
