//! Requests and connections, as they are answered and refused.

use std::hash::{Hash, Hasher};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use axum::extract::MatchedPath;
use axum::http::StatusCode;
use foldhash::HashMap;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::histogram::Histogram;

/// The methods that no server knows are one method.
const OTHER_METHOD: &str = "other";

/// What is counted of the HTTP service.
#[derive(Debug)]
pub(crate) struct RequestMetrics {
    answered: Family<AnswerLabels, Counter>,
    duration: Family<RouteLabels, Histogram, fn() -> Histogram>,
    /// Those of both that have counted before, to be found by one look.
    counted: RwLock<HashMap<AnswerLabels, (Counter, Histogram)>>,
    in_flight: Gauge,
    open_connections: Gauge,
    refused_connections: Counter,
}

impl RequestMetrics {
    /// Metrics at zero, to be read by `registry`.
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            answered: Family::default(),
            duration: Family::new_with_constructor(Histogram::of_durations),
            counted: RwLock::default(),
            in_flight: Gauge::default(),
            open_connections: Gauge::default(),
            refused_connections: Counter::default(),
        };
        registry.register("http_requests", "Requests that were answered", metrics.answered.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from the head of a request to the head of its answer",
            Unit::Seconds,
            metrics.duration.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests at work, until their answer is sent",
            metrics.in_flight.clone(),
        );
        registry.register(
            "http_connections_open",
            "Connections that are open",
            metrics.open_connections.clone(),
        );
        registry.register(
            "http_connections_refused",
            "Connections that were refused because too many were open",
            metrics.refused_connections.clone(),
        );
        metrics
    }

    /// Counts an answer. `method` is `None` where the client made it up, `route` where the path
    /// is none.
    pub(crate) fn answered(
        &self,
        method: Option<&'static str>,
        route: Option<&MatchedPath>,
        status: StatusCode,
        took: Duration,
    ) {
        let method = method.unwrap_or(OTHER_METHOD);
        let (route, status) = (Route(route.cloned()), status.as_u16());
        let labels = AnswerLabels { method, route, status };
        let counted = self.counted.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((answered, duration)) = counted.get(&labels) {
            answered.inc();
            duration.observe_duration(took);
            return;
        }
        drop(counted);
        let answered = self.answered.get_or_create(&labels).clone();
        let of_route = RouteLabels { method, route: labels.route.clone() };
        let duration = self.duration.get_or_create(&of_route).clone();
        answered.inc();
        duration.observe_duration(took);
        let mut counted = self.counted.write().unwrap_or_else(PoisonError::into_inner);
        counted.insert(labels, (answered, duration));
    }

    /// Counts a request at work until the returned value is dropped.
    pub(crate) fn request_begins(&self) -> Counted {
        Counted::begin(&self.in_flight)
    }

    /// Counts an open connection until the returned value is dropped.
    pub(crate) fn connection_opens(&self) -> Counted {
        Counted::begin(&self.open_connections)
    }

    /// Counts a connection that is refused.
    pub(crate) fn connection_refused(&self) {
        self.refused_connections.inc();
    }
}

/// One of what a gauge counts, until dropped.
#[derive(Debug)]
pub(crate) struct Counted(Gauge);

impl Counted {
    fn begin(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    method: &'static str,
    route: Route,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: Route,
}

/// The template of a route, never a path.
#[derive(Clone, Debug)]
struct Route(Option<MatchedPath>);

impl Route {
    fn as_str(&self) -> &str {
        self.0.as_ref().map_or("-", MatchedPath::as_str)
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Route {}

impl Hash for Route {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.as_str().encode(encoder)
    }
}
