//! When to remove what is left of large things that are gone.

use std::time::Duration;

use tokio::time::Instant;

/// How long a busy writer waits before it removes more of what is gone.
const TIME_BETWEEN_STEPS: Duration = Duration::from_millis(20);
/// How often a server looks for what another one, which may have died, has left.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// How long a step that failed is left alone.
const TIME_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// When the next step is due.
#[derive(Debug)]
pub(crate) struct Cleaner {
    /// Whether something may be left; a writer that begins may find what an earlier one left.
    due: bool,
    /// Whether a step is under way.
    at_work: bool,
    /// Whether others write to the database too.
    is_shared: bool,
    last_step: Instant,
    /// Not before this instant, after a failure.
    not_before: Instant,
}

impl Cleaner {
    pub(crate) fn new(is_shared: bool) -> Self {
        let now = Instant::now();
        Self { due: true, at_work: false, is_shared, last_step: now, not_before: now }
    }

    /// Whether a step may begin at all.
    pub(crate) fn is_free(&self) -> bool {
        !self.at_work && (self.due || self.is_shared)
    }

    /// When the next step may begin.
    pub(crate) fn next_step(&self, idle: bool) -> Instant {
        let pause = match (self.due, idle) {
            (false, _) => LOOK_INTERVAL,
            (true, true) => Duration::ZERO,
            (true, false) => TIME_BETWEEN_STEPS,
        };
        self.not_before.max(self.last_step + pause)
    }

    pub(crate) fn step_began(&mut self) {
        self.at_work = true;
    }

    /// A step ended; it tells whether more is left, unless it failed.
    pub(crate) fn step_ended(&mut self, more: Option<bool>) {
        self.at_work = false;
        self.last_step = Instant::now();
        self.due = more.unwrap_or(true);
        if more.is_none() {
            self.not_before = self.last_step + TIME_AFTER_FAILURE;
        }
    }

    /// A batch ended; it tells whether it left something.
    pub(crate) fn batch_ended(&mut self, left_more: bool) {
        self.due |= left_more;
    }
}
