//! What the store tells of its work while it is at it, for whoever counts.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// Is told of the store's work.
///
/// Every method is called in the middle of that work, from several threads at a time: it must
/// return at once, without a lock, without a system call and without panicking. What is told is
/// never about a row or a client.
pub trait Observer: Debug + Send + Sync + 'static {
    /// The operations that wait for the writer became more by `change`, or fewer where it is
    /// negative.
    ///
    /// An operation waits from the moment it is queued until a batch takes it, or it is refused
    /// because the store stops.
    fn queue_changed(&self, change: i64);

    /// A batch of the writer was committed. One that failed is not told of.
    fn batch_committed(&self, batch: CommittedBatch);

    /// The connections in use for `purpose` became more by `change`, or fewer where it is
    /// negative.
    fn connections_changed(&self, purpose: Purpose, change: i64);

    /// Something was looked up in a cache.
    fn cache_asked(&self, cache: Cache, outcome: Lookup);
}

/// A batch of the writer, after its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommittedBatch {
    /// How many operations it held, those that were refused included.
    pub operations: usize,
    /// How often one of them was decided again, because the database had changed meanwhile; an
    /// operation counts once for each time beyond its first.
    pub decided_again: usize,
    /// How long the commit itself took, from the asking to the database's word that it is durable.
    pub commit: Duration,
}

/// What a connection is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A read that costs what it returns.
    Page,
    /// A read that may look at every row.
    Scan,
    /// A batch of the writer, or instances and keys.
    Write,
}

impl Purpose {
    /// Every purpose, in the order of its discriminant.
    pub const ALL: [Self; 3] = [Self::Page, Self::Scan, Self::Write];

    /// The purpose as one lower-case word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Scan => "scan",
            Self::Write => "write",
        }
    }
}

/// What the store keeps beside the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// Statements that a connection to PostgreSQL has prepared.
    Statements,
}

impl Cache {
    /// Every cache, in the order of its discriminant.
    pub const ALL: [Self; 1] = [Self::Statements];

    /// The cache as one lower-case word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Statements => "statements",
        }
    }
}

/// Whether a cache had what was looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It was there.
    Hit,
    /// The database had to be asked.
    Miss,
}

/// Counts a connection as in use for as long as it lives.
pub(crate) struct InUse {
    observer: Arc<dyn Observer>,
    purpose: Purpose,
}

impl InUse {
    pub(crate) fn new(observer: &Arc<dyn Observer>, purpose: Purpose) -> Self {
        observer.connections_changed(purpose, 1);
        Self { observer: Arc::clone(observer), purpose }
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.observer.connections_changed(self.purpose, -1);
    }
}

/// An observer that takes no notice.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn queue_changed(&self, _: i64) {}

    fn batch_committed(&self, _: CommittedBatch) {}

    fn connections_changed(&self, _: Purpose, _: i64) {}

    fn cache_asked(&self, _: Cache, _: Lookup) {}
}
