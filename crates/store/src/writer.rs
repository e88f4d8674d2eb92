//! The writer: gives each instance its turn, decides what it has queued as a batch, commits once.
//!
//! It runs on a thread of its own. On SQLite one batch is written at a time; on PostgreSQL as many
//! as there are connections to write with, each of another instance.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use guildhall_rules::{Context, Keys, Rows, Wanted};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cleaner::{Cleaner, Step};
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{Error, Failure};
use crate::jobs::{Batch, Queued, Waiting, Work};
use crate::kept::State;
use crate::kept_reads::Touched;
use crate::observer::{CommittedBatch, InUse, Observer, Purpose};
use crate::random::fill;
use crate::reading::Pool;
use crate::recent::{self, Recent};
use crate::writing::Writing;
use crate::{InstanceKey, apply, background, load, postgres, role_set_migrations, standing};

/// How often a batch is loaded and decided again before each operation goes alone.
const ROUNDS: usize = 8;
/// How often a batch is begun again on another connection when the one it had is gone.
const CONNECTIONS: usize = 2;
/// How long a database that failed is left alone before it is tried again.
const PROBE_INTERVAL: Duration = Duration::from_millis(500);
/// How long a batch that lost a race to another server waits at most before it begins again.
const LONGEST_PAUSE: u64 = 20;

/// What the writer's thread works with.
pub(crate) struct Writer {
    pub(crate) writing: Writing,
    /// Connections to read with, which lead nowhere either when those to write with do.
    pub(crate) readers: Pool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) healthy: Arc<AtomicBool>,
    pub(crate) observer: Arc<dyn Observer>,
    /// Told after each commit to SQLite, so that its log is emptied in time.
    pub(crate) committed: Option<std::sync::mpsc::SyncSender<()>>,
    pub(crate) keys: Mutex<Keys>,
    pub(crate) standing: Mutex<standing::Kept>,
    pub(crate) recent: Recent,
}

/// What a batch did.
#[derive(Debug, Default)]
struct Done {
    /// What it changed of what is kept, where that can be told.
    touched: Option<Touched>,
    /// Whether it wrote anything.
    changed: bool,
    /// Whether it left something to be removed later.
    left_more: bool,
    /// The rows that it was decided on, and the instance and the state that they can be kept for.
    rows: Option<(InstanceKey, State, Box<Rows>)>,
}

/// What a transaction gave, and how it went.
struct Committed<T> {
    value: T,
    /// How long the commit took.
    took: Duration,
    /// The states before and after it, if nothing else was committed in between; `None` on PostgreSQL.
    passage: Option<(State, State)>,
}

/// What a task was at, and what came of it.
enum Ended {
    /// The batch of an instance; whether it left something to do later.
    Batch { instance: InstanceKey, left_more: bool },
    /// A step behind the requests; in which instances more may be left, if it could be done.
    Step { step: Step, left: Option<Vec<InstanceKey>> },
    /// A look whether the database works again.
    Probe,
}

impl Writer {
    /// Writes until the queue is closed and empty.
    pub(crate) async fn run(self: Arc<Self>, mut queue: mpsc::UnboundedReceiver<Queued>) {
        let mut waiting = Waiting::default();
        let mut cleaner = Cleaner::new(self.writing.is_shared());
        let mut lanes = JoinSet::new();
        let mut open = true;
        let mut next_probe = Instant::now();
        while open || !waiting.is_idle() || !lanes.is_empty() {
            while let Ok(queued) = queue.try_recv() {
                waiting.push(queued);
            }
            while lanes.len() < self.writing.lanes()
                && let Some((instance, batch)) = waiting.next_batch()
            {
                self.observer.queue_changed(-i64::try_from(batch.len()).unwrap_or(i64::MAX));
                let writer = Arc::clone(&self);
                let write = async move { writer.write(batch).await };
                lanes.spawn(surviving(write).map(move |left_more| Ended::Batch {
                    instance,
                    left_more: left_more.unwrap_or(false),
                }));
            }
            let healthy = self.healthy.load(Ordering::Relaxed);
            let room = lanes.len() < self.writing.lanes() && open;
            let probe = !healthy && room;
            let step = healthy && room && cleaner.is_free();
            tokio::select! {
                queued = queue.recv(), if open => match queued {
                    Some(queued) => waiting.push(queued),
                    None => open = false,
                },
                Some(Ok(ended)) = lanes.join_next() => match ended {
                    Ended::Batch { instance, left_more } => {
                        waiting.done(instance);
                        if left_more {
                            cleaner.add(instance);
                        }
                    }
                    Ended::Step { step, left } => cleaner.ended(step, left),
                    Ended::Probe => next_probe = Instant::now() + PROBE_INTERVAL,
                },
                () = tokio::time::sleep_until(cleaner.next_step(waiting.is_idle())), if step => {
                    let step = cleaner.begin();
                    let writer = Arc::clone(&self);
                    let run = async move { writer.step(step).await };
                    let ended = move |left: Option<_>| Ended::Step { step, left: left.flatten() };
                    lanes.spawn(surviving(run).map(ended));
                }
                () = tokio::time::sleep_until(next_probe), if probe => {
                    next_probe = Instant::now() + PROBE_INTERVAL;
                    let writer = Arc::clone(&self);
                    let probe = async move { writer.probe().await };
                    lanes.spawn(surviving(probe).map(|_| Ended::Probe));
                }
            }
        }
    }

    /// Looks for what is left to do behind the requests, or does a little of it; tells in which
    /// instances more may be left, if it could.
    async fn step(&self, step: Step) -> Option<Vec<InstanceKey>> {
        // A step may bring a role set or a role to its end.
        lock(&self.standing).forget();
        let outcome = self.transaction(async |db| match step {
            Step::Look => background::instances(db).await,
            Step::Continue(instance) => {
                let more = background::step(db, instance, self.clock.now()).await?;
                Ok(more.then_some(instance).into_iter().collect())
            }
        });
        let outcome = outcome.await;
        self.note(&outcome);
        match (outcome, step) {
            (Ok(Committed { value: left, .. }), _) => Some(left),
            // What was in the way may go by itself, and is tried again a little later.
            (Err(Error::Lost(error)), _) => {
                tracing::warn!(error = &*error, "what is left to do lost a race");
                None
            }
            (Err(error), _) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "what is left to do could not be gone on with");
                None
            }
        }
    }

    /// Commits a change that changes nothing, to see whether the database takes it.
    async fn probe(&self) {
        let touch = "UPDATE migrations SET version = version WHERE version = 1";
        let outcome =
            self.transaction(async |db| db.execute(touch, [vec![]]).await.map(drop)).await;
        self.note(&outcome);
    }

    /// Does what `write` does and commits it, or does nothing.
    async fn transaction<T>(
        &self,
        write: impl AsyncFnOnce(&mut Db) -> Result<T, Error>,
    ) -> Result<Committed<T>, Error> {
        let mut db = self.writing.take().await?;
        let _in_use = InUse::new(&self.observer, Purpose::Write);
        db.begin()?;
        // Whatever goes wrong in a transaction, the writer lives on.
        let outcome = surviving(write(&mut db)).await;
        let outcome =
            match outcome.unwrap_or_else(|| Err(Error::Lost("the transaction panicked".into()))) {
                Ok(value) => self.commit(&mut db, value).await,
                Err(error) => Err(error),
            };
        match &outcome {
            Ok(_) => {}
            Err(Error::Gone(_)) => {
                db.abandon();
                self.readers.clear();
            }
            Err(_) => {
                if let Err(error) = db.rollback().await {
                    tracing::error!(error = &error as &dyn std::error::Error, "a rollback failed");
                }
            }
        }
        outcome
    }

    async fn commit<T>(&self, db: &mut Db, value: T) -> Result<Committed<T>, Error> {
        // Until it is committed, nobody else writes to SQLite.
        let before = (db.data_version()?, self.readers.state()?);
        let asked = Instant::now();
        db.commit().await?;
        let took = asked.elapsed();
        let after = self.readers.state().ok().flatten();
        // Looked at last: then the later state has nothing of anybody else either.
        let is_alone = db.data_version().ok() == Some(before.0);
        let passage = before.1.zip(after).filter(|_| is_alone);
        Ok(Committed { value, took, passage })
    }

    /// Remembers whether the database works.
    fn note<T>(&self, outcome: &Result<T, Error>) {
        match outcome {
            Ok(_) => {
                self.healthy.store(true, Ordering::Relaxed);
                if let Some(committed) = &self.committed {
                    // A full channel means that a checkpoint is due anyway.
                    let _ = committed.try_send(());
                }
            }
            // Who holds a lock or slows a statement down does not keep the database from working.
            Err(error) if postgres::was_locked_out(error) || postgres::was_interrupted(error) => {}
            Err(Error::Failed(_) | Error::Gone(_) | Error::Unknown(_)) => {
                self.healthy.store(false, Ordering::Relaxed);
            }
            Err(_) => {}
        }
    }

    /// Decides and writes a batch; tells whether it left something to do later.
    async fn write(&self, batch: Batch) -> bool {
        match self.attempt(batch).await {
            Ok(left_more) => left_more,
            // Each alone finds out which of them it was.
            Err(batch) => {
                let mut left_more = false;
                for work in batch {
                    left_more |= Box::pin(self.attempt(vec![work])).await.unwrap_or(false);
                }
                left_more
            }
        }
    }

    /// Decides and writes a batch, again where it lost a race; gives one of several operations back
    /// where it loses all the time, or the database refuses it.
    async fn attempt(&self, mut batch: Batch) -> Result<bool, Batch> {
        let (mut lost, mut gone) = (0, 0);
        loop {
            let outcome = self.transaction(async |db| self.decide_and_apply(db, &mut batch).await);
            let outcome = outcome.await;
            // A batch that changed nothing says nothing about the disk.
            if !matches!(outcome, Ok(Committed { value: Done { changed: false, .. }, .. })) {
                self.note(&outcome);
            }
            let error = match outcome {
                Ok(Committed { value: done, took: commit, passage }) => {
                    if let (Some(passage), Some(touched)) = (passage, done.touched) {
                        self.readers.kept.outlive(passage, touched);
                    }
                    let operations = batch.len();
                    let decided_again = operations * (lost + gone);
                    let committed = CommittedBatch { operations, decided_again, commit };
                    self.observer.batch_committed(committed);
                    batch.into_iter().for_each(Work::answer);
                    if let Some((instance, state, rows)) = done.rows {
                        self.recent.at(instance, state).keep(*rows);
                    }
                    return Ok(done.left_more);
                }
                Err(error) => error,
            };
            // It may have met what is not as it was kept.
            lock(&self.standing).forget_rows();
            match error {
                Error::Lost(source) if lost < ROUNDS => {
                    tracing::debug!(error = &*source, "a batch lost a race and is decided again");
                    self.pause(lost).await;
                    lost += 1;
                }
                Error::Gone(source) if gone + 1 < CONNECTIONS => {
                    tracing::debug!(error = &*source, "a connection was gone before the commit");
                    gone += 1;
                }
                Error::Lost(_) | Error::Refused(_) if batch.len() > 1 => return Err(batch),
                Error::Lost(_) => {
                    let reason = "every attempt lost a race at the database";
                    fail(batch, Error::failed(reason));
                    return Ok(false);
                }
                error => {
                    fail(batch, error);
                    return Ok(false);
                }
            }
        }
    }

    /// Leaves the way to another server that is at the same rows.
    async fn pause(&self, lost: usize) {
        if self.writing.is_shared() && lost > 0 {
            let mut random = [0; 1];
            fill(&mut random);
            let longest = LONGEST_PAUSE.min(1 << lost);
            let pause = longest * u64::from(random[0]) / 255;
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    async fn decide_and_apply(
        &self,
        db: &mut Db,
        batch: &mut [Box<dyn Work>],
    ) -> Result<Done, Error> {
        let Some(instance) = batch.first().map(|work| work.instance()) else {
            return Ok(Done::default());
        };
        let mut wanted = Wanted::default();
        batch.iter_mut().for_each(|work| work.wants(&mut wanted));
        let now = self.clock.now();
        let (kept, state) = {
            let mut standing = lock(&self.standing);
            (standing.of(db, instance)?.filter(|_| !wanted.catalogue), standing.state())
        };
        let recent = state.map(|state| self.recent.at(instance, state));
        let (mut rows, standing) = load::load(db, instance, wanted, (kept, recent), now).await?;
        rows.mark();
        {
            let mut keys = lock(&self.keys);
            for work in batch {
                let mut random = |bytes: &mut [u8; 16]| fill(bytes);
                let mut context = Context::new(self.clock.now(), &mut keys, &mut random);
                work.decide(&mut rows, &mut context);
            }
        }
        let (changes, are_all) = (standing::changes(&rows), recent::are_all(&rows));
        {
            let mut kept = lock(&self.standing);
            match changes {
                true => kept.forget(),
                false => kept.keep(instance, standing),
            }
            if !are_all {
                kept.forget_rows();
            }
        }
        apply::apply(db, instance, &rows, now).await?;
        let is_migrating = role_set_migrations::begin(db, instance, &rows).await?;
        let left_more = is_migrating || rows.emptied().chain(rows.abandoned()).next().is_some();
        // Where others write too, nothing is kept.
        let touched = match self.writing.is_shared() {
            true => None,
            false => Touched::by(instance, &rows),
        };
        let changed = rows.are_changed();
        let state = state.filter(|_| are_all && !changes);
        let rows = state.map(|state| (instance, state, rows));
        Ok(Done { touched, changed, left_more, rows })
    }
}

/// What a future gives, or nothing where it panics.
fn surviving<T>(future: impl Future<Output = T>) -> impl Future<Output = Option<T>> {
    AssertUnwindSafe(future).catch_unwind().map(Result::ok)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fail(batch: Batch, error: Error) {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        operations = batch.len(),
        "a batch of writes failed"
    );
    let error = Arc::new(error);
    batch.into_iter().for_each(|work| work.fail(Failure::Unavailable(Arc::clone(&error))));
}
