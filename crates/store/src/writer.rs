//! The writer: takes what is queued for one instance, decides it as a batch, commits once.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use guildhall_rules::{Context, Keys, Operation, Refusal, Rows, Wanted};
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::db::{Db, ready};
use crate::error::{Error, Failure};
use crate::{InstanceKey, apply, load, removals};

/// How many operations a batch takes at most.
const BATCH: usize = 256;
/// How often a batch is loaded and decided again before each operation goes alone.
const ROUNDS: usize = 8;
/// How long a failed disk is left alone before it is tried again.
const PROBE_INTERVAL: Duration = Duration::from_millis(500);
/// How long a writer whose disk fails waits before it looks for work again.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
/// How long a busy writer waits before it removes more of what is gone.
const TIME_BETWEEN_STEPS: Duration = Duration::from_millis(20);

/// Where operations wait for the writer.
pub(crate) type Queue = mpsc::Sender<Box<dyn Work>>;

/// What became of an operation.
type Outcome<O> = Result<<O as Operation>::Answer, Failure>;

/// An operation in the queue, whatever its kind.
pub(crate) trait Work: Send {
    fn instance(&self) -> InstanceKey;
    /// Tells whether no other operation may be in the same batch.
    fn is_alone(&self) -> bool;
    fn wants(&mut self, wanted: &mut Wanted);
    /// Decides and keeps the outcome for [`Work::answer`].
    fn decide(&mut self, rows: &mut Rows, context: &mut Context<'_>);
    /// Answers the caller with what was decided, now that it is committed.
    fn answer(self: Box<Self>);
    /// Answers the caller that nothing was done.
    fn fail(self: Box<Self>, failure: Failure);
}

/// An operation with the place its answer goes to.
pub(crate) struct Job<O: Operation> {
    instance: InstanceKey,
    operation: O,
    outcome: Option<Outcome<O>>,
    reply: oneshot::Sender<Outcome<O>>,
}

impl<O: Operation> Job<O> {
    /// A job, and where its outcome will be told.
    pub(crate) fn with_outcome(
        instance: InstanceKey,
        operation: O,
    ) -> (Self, oneshot::Receiver<Outcome<O>>) {
        let (reply, outcome) = oneshot::channel();
        (Self { instance, operation, outcome: None, reply }, outcome)
    }

    fn attempt(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<O::Answer, Failure> {
        let attempt = AssertUnwindSafe(|| self.operation.decide(rows, context));
        let outcome = catch_unwind(attempt).map_err(|_| Failure::Panicked)?;
        outcome.map_err(|Refusal(faults)| Failure::Refused(Refusal(faults)))
    }
}

impl<O: Operation> Work for Job<O> {
    fn instance(&self) -> InstanceKey {
        self.instance
    }

    fn is_alone(&self) -> bool {
        O::ALONE
    }

    fn wants(&mut self, wanted: &mut Wanted) {
        let attempt = catch_unwind(AssertUnwindSafe(|| self.operation.wants(wanted)));
        self.outcome = attempt.err().map(|_| Err(Failure::Panicked));
    }

    fn decide(&mut self, rows: &mut Rows, context: &mut Context<'_>) {
        if self.outcome.is_some() {
            return;
        }
        let outcome = self.attempt(rows, context);
        match &outcome {
            Ok(_) => rows.mark(),
            Err(_) => rows.rollback(),
        }
        self.outcome = Some(outcome);
    }

    fn answer(self: Box<Self>) {
        let outcome = self.outcome.unwrap_or(Err(Failure::Stopped));
        // A caller that has gone away does not care.
        let _ = self.reply.send(outcome);
    }

    fn fail(self: Box<Self>, failure: Failure) {
        let _ = self.reply.send(Err(failure));
    }
}

/// What the writer thread owns.
pub(crate) struct Writer {
    pub(crate) db: Db,
    pub(crate) queue: mpsc::Receiver<Box<dyn Work>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) healthy: Arc<AtomicBool>,
    /// Told after each commit, so that the log is emptied in time.
    pub(crate) committed: std::sync::mpsc::SyncSender<()>,
    pub(crate) keys: Keys,
    /// What is left to be removed of large things that are gone.
    pub(crate) cleaner: Cleaner,
    /// When a failed disk was last tried.
    pub(crate) last_probe: Instant,
}

/// Whether a batch wrote anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Changed {
    Yes,
    No,
}

/// When to remove what is left of large things that are gone.
#[derive(Debug)]
pub(crate) struct Cleaner {
    /// False when nothing was left the last time.
    due: bool,
    last_step: Instant,
}

impl Default for Cleaner {
    /// A writer that begins may find what an earlier one left.
    fn default() -> Self {
        Self { due: true, last_step: Instant::now() }
    }
}

impl Writer {
    /// Writes until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        let mut waiting = VecDeque::new();
        while let Some(first) = waiting.pop_front().or_else(|| self.next()) {
            while waiting.len() < BATCH
                && let Ok(work) = self.queue.try_recv()
            {
                waiting.push_back(work);
            }
            let batch = take_batch(first, &mut waiting);
            self.write(batch);
            // However busy the writer is, what is gone leaves the disk as well.
            if self.cleaner.due && self.cleaner.last_step.elapsed() > TIME_BETWEEN_STEPS {
                self.clean();
            }
        }
    }

    /// Waits for work; meanwhile tries a failed disk now and then, and removes what is gone.
    fn next(&mut self) -> Option<Box<dyn Work>> {
        loop {
            let healthy = self.healthy.load(Ordering::Relaxed);
            if healthy && !self.cleaner.due {
                return self.queue.blocking_recv();
            }
            match self.queue.try_recv() {
                Ok(work) => return Some(work),
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
                Err(mpsc::error::TryRecvError::Empty) if healthy => self.clean(),
                Err(mpsc::error::TryRecvError::Empty)
                    if self.last_probe.elapsed() > PROBE_INTERVAL =>
                {
                    let outcome = self.probe();
                    self.note(&outcome);
                    self.last_probe = Instant::now();
                }
                Err(mpsc::error::TryRecvError::Empty) => std::thread::sleep(LOOK_INTERVAL),
            }
        }
    }

    /// Removes a little of what is gone.
    fn clean(&mut self) {
        let outcome = self.transaction(|writer| ready(removals::step(&mut writer.db)));
        self.note(&outcome);
        self.cleaner.last_step = Instant::now();
        match outcome {
            Ok(more) => self.cleaner.due = more,
            Err(error) => {
                // A failed disk is tried again; what fails otherwise would fail again at once.
                self.cleaner.due = matches!(error, Error::Failed(_));
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "what is gone could not be removed");
            }
        }
    }

    /// Commits a change that changes nothing, to see whether the disk takes it.
    fn probe(&mut self) -> Result<(), Error> {
        let touch = "UPDATE migrations SET version = version WHERE version = 1";
        self.transaction(|writer| ready(writer.db.execute(touch, [vec![]])).map(drop))
    }

    fn transaction<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        ready(self.db.begin())?;
        // Whatever goes wrong in a transaction, the writer lives on.
        let outcome = catch_unwind(AssertUnwindSafe(|| write(self)))
            .unwrap_or_else(|_| Err(Error::Lost("the transaction panicked".into())))
            .and_then(|value| ready(self.db.commit()).map(|()| value));
        if outcome.is_err()
            && let Err(error) = ready(self.db.rollback())
        {
            tracing::error!(error = &error as &dyn std::error::Error, "a rollback failed");
        }
        outcome
    }

    fn note<T>(&self, outcome: &Result<T, Error>) {
        match outcome {
            Err(Error::Failed(_)) => self.healthy.store(false, Ordering::Relaxed),
            Ok(_) => {
                self.healthy.store(true, Ordering::Relaxed);
                // A full channel means that a checkpoint is due anyway.
                let _ = self.committed.try_send(());
            }
            Err(_) => {}
        }
    }

    fn write(&mut self, mut batch: Vec<Box<dyn Work>>) {
        for _ in 0..ROUNDS {
            let outcome = self.transaction(|writer| writer.decide_and_apply(&mut batch));
            // A batch that changed nothing says nothing about the disk.
            if !matches!(outcome, Ok(Changed::No)) {
                self.note(&outcome);
            }
            match outcome {
                Ok(_) => return batch.into_iter().for_each(Work::answer),
                Err(Error::Lost(source)) => {
                    tracing::debug!(error = &*source, "a batch lost a race and is decided again");
                }
                Err(error) => return fail(batch, error),
            }
        }
        match batch.len() {
            0 | 1 => fail(batch, Error::failed("every attempt lost a race at the database")),
            _ => batch.into_iter().for_each(|work| self.write(vec![work])),
        }
    }

    fn decide_and_apply(&mut self, batch: &mut [Box<dyn Work>]) -> Result<Changed, Error> {
        let Some(instance) = batch.first().map(|work| work.instance()) else {
            return Ok(Changed::No);
        };
        let mut wanted = Wanted::default();
        batch.iter_mut().for_each(|work| work.wants(&mut wanted));
        let mut rows = ready(load::load(&mut self.db, instance, &wanted))?;
        rows.mark();
        for work in batch {
            let mut random = |bytes: &mut [u8; 16]| fill(bytes);
            let mut context = Context::new(self.clock.now(), &mut self.keys, &mut random);
            work.decide(&mut rows, &mut context);
        }
        ready(apply::apply(&mut self.db, instance, &rows))?;
        self.cleaner.due |= rows.emptied().chain(rows.abandoned()).next().is_some();
        Ok(if rows.are_changed() { Changed::Yes } else { Changed::No })
    }
}

fn fail(batch: Vec<Box<dyn Work>>, error: Error) {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        operations = batch.len(),
        "a batch of writes failed"
    );
    let error = Arc::new(error);
    batch.into_iter().for_each(|work| work.fail(Failure::Unavailable(Arc::clone(&error))));
}

/// Takes from `waiting` what is for the same instance as `first`, in order.
fn take_batch(first: Box<dyn Work>, waiting: &mut VecDeque<Box<dyn Work>>) -> Vec<Box<dyn Work>> {
    if first.is_alone() {
        return vec![first];
    }
    let instance = first.instance();
    let (mine, others): (VecDeque<_>, VecDeque<_>) =
        waiting.drain(..).partition(|work| work.instance() == instance && !work.is_alone());
    *waiting = others;
    std::iter::once(first).chain(mine).collect()
}

/// Fills `bytes` at random.
pub(crate) fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system has randomness");
}
