//! Requests and connections, as they are answered and refused.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use axum::extract::MatchedPath;
use axum::http::StatusCode;
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
        let route = Route(route.cloned());
        let labels = AnswerLabels { method, route: route.clone(), status: status.as_u16() };
        self.answered.get_or_create(&labels).inc();
        self.duration.get_or_create(&RouteLabels { method, route }).observe_duration(took);
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
