//! A histogram that is fed without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// What seconds are counted in, so that sums need no floating point.
const NANOSECONDS: f64 = 1e9;
/// Half a millisecond to ten seconds.
const DURATIONS: &[u64] = &[
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];
/// Up to the most operations of a batch.
const SIZES: &[u64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256];

/// A histogram that is fed without a lock, unlike the one of the library. Cheap to clone; clones
/// are the same histogram.
#[derive(Clone, Debug)]
pub(super) struct Histogram(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The upper bounds of all buckets but the last, which has none.
    bounds: &'static [u64],
    /// How many observations fell into each bucket.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
    /// How many units of `bounds` and `sum` are one of the text's.
    scale: f64,
}

impl Histogram {
    /// Of durations, told in seconds.
    pub(super) fn of_durations() -> Self {
        Self::new(DURATIONS, NANOSECONDS)
    }

    /// Of small whole numbers.
    pub(super) fn of_sizes() -> Self {
        Self::new(SIZES, 1.0)
    }

    fn new(bounds: &'static [u64], scale: f64) -> Self {
        let counts = std::iter::repeat_with(AtomicU64::default).take(bounds.len() + 1).collect();
        Self(Arc::new(Inner { bounds, counts, sum: AtomicU64::default(), scale }))
    }

    /// Takes in one duration.
    pub(super) fn observe_duration(&self, duration: Duration) {
        self.observe(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Takes in one number.
    pub(super) fn observe(&self, value: u64) {
        let Inner { bounds, counts, sum, .. } = &*self.0;
        let bucket = bounds.partition_point(|bound| *bound < value);
        counts[bucket].fetch_add(1, Ordering::Relaxed);
        sum.fetch_add(value, Ordering::Relaxed);
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Inner { bounds, counts, sum, scale } = &*self.0;
        let sum = sum.load(Ordering::Relaxed) as f64 / scale;
        let bounds = bounds.iter().map(|bound| *bound as f64 / scale).chain([f64::INFINITY]);
        let counts = counts.iter().map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        // Of the buckets as they were read, so that the count equals the last of them.
        let count = buckets.iter().map(|(_, count)| count).sum();
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text;
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn buckets_hold_what_is_not_above_their_bound() {
        let histogram = Histogram::of_durations();
        let mut registry = Registry::default();
        registry.register("it", "Durations", histogram.clone());

        for microseconds in [500, 501, 10_000_000, 10_000_001] {
            histogram.observe_duration(Duration::from_micros(microseconds));
        }

        let mut text = String::new();
        text::encode(&mut text, &registry).unwrap();
        for line in [
            "it_sum 20.001002",
            "it_count 4",
            "it_bucket{le=\"0.0005\"} 1",
            "it_bucket{le=\"0.001\"} 2",
            "it_bucket{le=\"5.0\"} 2",
            "it_bucket{le=\"10.0\"} 3",
            "it_bucket{le=\"+Inf\"} 4",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}: {text}");
        }
    }
}
