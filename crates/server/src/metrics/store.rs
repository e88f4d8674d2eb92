//! The store, as it tells of its work.

use guildhall_store::{Cache, CommittedBatch, Lookup, Observer, Purpose};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::histogram::Histogram;

/// What is counted of the store.
#[derive(Debug)]
pub(super) struct StoreMetrics {
    queued: Gauge,
    operations: Histogram,
    decided_again: Counter,
    commits: Histogram,
    connections: [Gauge; Purpose::ALL.len()],
    caches: [Lookups; Cache::ALL.len()],
}

#[derive(Debug)]
struct Lookups {
    hits: Counter,
    misses: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PurposeLabels {
    purpose: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CacheLabels {
    cache: &'static str,
    outcome: &'static str,
}

impl StoreMetrics {
    /// Metrics at zero, to be read by `registry`.
    pub(super) fn new(registry: &mut Registry) -> Self {
        // The families are asked here only: to look into one takes a lock.
        let connections = Family::<PurposeLabels, Gauge>::default();
        let caches = Family::<CacheLabels, Counter>::default();
        let of_cache = |cache: Cache, outcome| {
            caches.get_or_create_owned(&CacheLabels { cache: cache.name(), outcome })
        };
        let metrics = Self {
            queued: Gauge::default(),
            operations: Histogram::of_sizes(),
            decided_again: Counter::default(),
            commits: Histogram::of_durations(),
            connections: Purpose::ALL.map(|purpose| {
                connections.get_or_create_owned(&PurposeLabels { purpose: purpose.name() })
            }),
            caches: Cache::ALL.map(|cache| Lookups {
                hits: of_cache(cache, "hit"),
                misses: of_cache(cache, "miss"),
            }),
        };
        metrics.register(registry);
        registry.register(
            "store_connections_in_use",
            "Connections to the database in use",
            connections,
        );
        registry.register("store_cache_lookups", "Lookups in caches of the store", caches);
        metrics
    }

    fn register(&self, registry: &mut Registry) {
        registry.register(
            "store_queued_operations",
            "Operations that wait for the writer",
            self.queued.clone(),
        );
        registry.register(
            "store_batch_operations",
            "Operations of a committed batch",
            self.operations.clone(),
        );
        registry.register(
            "store_operations_decided_again",
            "Decisions that were made again because the database had changed",
            self.decided_again.clone(),
        );
        registry.register_with_unit(
            "store_commit_duration",
            "Time that the database took to commit a batch",
            Unit::Seconds,
            self.commits.clone(),
        );
    }
}

impl Observer for StoreMetrics {
    fn queue_changed(&self, change: i64) {
        self.queued.inc_by(change);
    }

    fn batch_committed(&self, batch: CommittedBatch) {
        self.operations.observe(batch.operations as u64);
        self.decided_again.inc_by(batch.decided_again as u64);
        self.commits.observe_duration(batch.commit);
    }

    fn connections_changed(&self, purpose: Purpose, change: i64) {
        self.connections[purpose as usize].inc_by(change);
    }

    fn cache_asked(&self, cache: Cache, outcome: Lookup) {
        let Lookups { hits, misses } = &self.caches[cache as usize];
        match outcome {
            Lookup::Hit => hits.inc(),
            Lookup::Miss => misses.inc(),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::metrics::Metrics;

    use super::*;

    #[test]
    fn what_the_store_tells_is_read() {
        let metrics = Metrics::default();
        let observer = metrics.observer();

        observer.queue_changed(5);
        observer.queue_changed(-3);
        let commit = Duration::from_millis(3);
        observer.batch_committed(CommittedBatch { operations: 3, decided_again: 2, commit });
        observer.connections_changed(Purpose::Scan, 2);
        observer.connections_changed(Purpose::Write, 1);
        observer.cache_asked(Cache::Statements, Lookup::Hit);
        observer.cache_asked(Cache::Statements, Lookup::Miss);
        observer.cache_asked(Cache::Statements, Lookup::Hit);

        let text = metrics.text(true);
        for line in [
            "guildhall_store_queued_operations 2",
            "guildhall_store_batch_operations_bucket{le=\"2.0\"} 0",
            "guildhall_store_batch_operations_bucket{le=\"4.0\"} 1",
            "guildhall_store_operations_decided_again_total 2",
            "guildhall_store_commit_duration_seconds_bucket{le=\"0.0025\"} 0",
            "guildhall_store_commit_duration_seconds_bucket{le=\"0.005\"} 1",
            "guildhall_store_connections_in_use{purpose=\"page\"} 0",
            "guildhall_store_connections_in_use{purpose=\"scan\"} 2",
            "guildhall_store_connections_in_use{purpose=\"write\"} 1",
            "guildhall_store_cache_lookups_total{cache=\"statements\",outcome=\"hit\"} 2",
            "guildhall_store_cache_lookups_total{cache=\"statements\",outcome=\"miss\"} 1",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}: {text}");
        }
    }
}
