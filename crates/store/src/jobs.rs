//! Operations on their way through the queue, whatever their kind.

use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use guildhall_rules::{Context, Operation, Refusal, Rows, Wanted};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::InstanceKey;
use crate::error::Failure;

/// How many operations a batch takes at most.
const BATCH: usize = 256;

/// Where operations wait for the writer.
pub(crate) type Queue = mpsc::UnboundedSender<Queued>;

/// What became of an operation.
type Outcome<O> = Result<<O as Operation>::Answer, Failure>;

/// An operation, whatever its kind.
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

/// Operations of one instance that are decided together.
pub(crate) type Batch = Vec<Box<dyn Work>>;

/// An operation in the queue, and the place in it that it takes.
pub(crate) struct Queued {
    work: Box<dyn Work>,
    _place: OwnedSemaphorePermit,
}

impl Queued {
    pub(crate) fn new(work: Box<dyn Work>, place: OwnedSemaphorePermit) -> Self {
        Self { work, _place: place }
    }
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

/// What waits to be written, by instance; each has one batch at a time, and its turn.
#[derive(Default)]
pub(crate) struct Waiting {
    by_instance: HashMap<InstanceKey, VecDeque<Queued>>,
    /// Instances that have work and no batch under way, in the order of their turns.
    turns: VecDeque<InstanceKey>,
    busy: HashSet<InstanceKey>,
}

impl Waiting {
    /// Puts an operation behind those of its instance.
    pub(crate) fn push(&mut self, queued: Queued) {
        let instance = queued.work.instance();
        let queue = self.by_instance.entry(instance).or_default();
        if queue.is_empty() && !self.busy.contains(&instance) {
            self.turns.push_back(instance);
        }
        queue.push_back(queued);
    }

    /// The batch whose turn it is: the oldest operations of one instance.
    pub(crate) fn next_batch(&mut self) -> Option<(InstanceKey, Batch)> {
        let instance = self.turns.pop_front()?;
        let queue = self.by_instance.get_mut(&instance)?;
        let mut batch = Batch::new();
        let mut is_alone = false;
        while batch.len() < BATCH
            && !is_alone
            && let Some(next) = queue.front()
            && (batch.is_empty() || !next.work.is_alone())
        {
            is_alone = next.work.is_alone();
            batch.extend(queue.pop_front().map(|queued| queued.work));
        }
        self.busy.insert(instance);
        Some((instance, batch))
    }

    /// The batch of an instance is done; what came meanwhile has its turn.
    pub(crate) fn done(&mut self, instance: InstanceKey) {
        self.busy.remove(&instance);
        match self.by_instance.get(&instance) {
            Some(queue) if !queue.is_empty() => self.turns.push_back(instance),
            _ => {
                self.by_instance.remove(&instance);
            }
        }
    }

    /// Tells whether nothing waits and nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.turns.is_empty() && self.busy.is_empty()
    }
}
