//! Metrics for Prometheus: what is counted, and the listener where they are read.
//!
//! Labels are bounded: none is ever something that a client chose. A path that is no route is `-`,
//! a method that nobody knows `other`.

mod histogram;
mod listener;
mod process;
mod requests;
mod store;

use std::sync::Arc;

use guildhall_store::Observer;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub(crate) use listener::MetricsListener;
pub(crate) use requests::{Counted, RequestMetrics};
use store::StoreMetrics;

/// Everything that is counted. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    pub(crate) requests: Arc<RequestMetrics>,
    store: Arc<StoreMetrics>,
    ready: Gauge,
    registry: Arc<Registry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let own = registry.sub_registry_with_prefix("guildhall");
        let requests = Arc::new(RequestMetrics::new(own));
        let store = Arc::new(StoreMetrics::new(own));
        let ready = Gauge::default();
        own.register("ready", "Whether requests are welcome, 1 or 0", ready.clone());
        let build = Info::new(BuildLabels { version: env!("CARGO_PKG_VERSION") });
        own.register("build", "What runs", build);
        registry.register_collector(Box::new(process::ProcessCollector));
        Self { requests, store, ready, registry: Arc::new(registry) }
    }
}

impl Metrics {
    /// What the store is to tell of its work.
    pub(crate) fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.store) as Arc<dyn Observer>
    }

    /// All of it as text of OpenMetrics 1.0. `is_ready` tells whether requests are welcome.
    pub(crate) fn text(&self, is_ready: bool) -> String {
        self.ready.set(i64::from(is_ready));
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("writing to a string cannot fail");
        text
    }
}
