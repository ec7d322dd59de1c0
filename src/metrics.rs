//! Metrics, in the OpenMetrics format
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/>). Labels have few values: no
//! client can create one.

mod cache;
mod database;
mod histogram;
mod log;
mod process;
mod webhooks;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use axum::extract::MatchedPath;
use http::{Method, StatusCode};
use prometheus_client::encoding::{
    EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text::encode,
};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

pub use database::{Meter, PoolState};
use histogram::histogram;

/// All metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    in_flight: Family<Listener, Gauge>,
    pending_response_bytes: Family<Listener, Gauge>,
    open: Family<Listener, Gauge>,
    refused: Family<Listener, Counter>,
    authentications: Family<Authentication, Counter>,
    sessions: Family<SessionEvent, Counter>,
    webhooks: webhooks::Webhooks,
    cache: cache::Cache,
}

/// The listener: `public` or `admin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Listener {
    listener: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    listener: &'static str,
    route: Path,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    listener: &'static str,
    route: Path,
    method: &'static str,
    status: u16,
}

/// A route of the router, such as `/sessions/{id}`. `None` if no route matches.
#[derive(Debug, Clone)]
struct Path(Option<MatchedPath>);

impl Path {
    fn as_str(&self) -> &str {
        self.0.as_ref().map_or("none", MatchedPath::as_str)
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Path {}

impl Hash for Path {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.as_str().hash(hasher);
    }
}

impl EncodeLabelValue for Path {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        self.as_str().encode(encoder)
    }
}

/// The kind of credential that a request presented, and the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Authentication {
    pub credential: &'static str,
    pub outcome: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SessionEvent {
    event: &'static str,
}

/// The connections of one listener.
#[derive(Debug, Clone)]
pub struct ConnectionMetrics {
    pub open: Gauge,
    pub refused: Counter,
}

/// The requests of one listener whose responses are not delivered yet.
#[derive(Debug, Clone)]
pub struct RequestMetrics {
    pub in_flight: Gauge,
    pub pending_response_bytes: Gauge,
}

impl Metrics {
    /// `pools` reads the current state of the database's connection pools.
    #[must_use]
    pub fn new(pools: impl Fn() -> Vec<PoolState> + Send + Sync + 'static) -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(histogram),
            in_flight: Family::default(),
            pending_response_bytes: Family::default(),
            open: Family::default(),
            refused: Family::default(),
            authentications: Family::default(),
            sessions: Family::default(),
            webhooks: webhooks::Webhooks::default(),
            cache: cache::Cache::default(),
        };
        metrics.register(database::Pools(Box::new(pools)));
        // Without a prefix: these are the conventional names in Prometheus.
        metrics.registry.register_collector(Box::new(process::Process));
        metrics
    }

    fn register(&mut self, pools: database::Pools) {
        let registry = self.registry.sub_registry_with_prefix("elsewhere");
        registry.register_collector(Box::new(pools));
        registry.register_collector(Box::new(log::Log));
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The running version", build);
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's headers to its response",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests whose responses are not delivered yet",
            self.in_flight.clone(),
        );
        registry.register_with_unit(
            "http_pending_response",
            "Memory held by responses that are not delivered yet",
            Unit::Bytes,
            self.pending_response_bytes.clone(),
        );
        registry.register("connections", "Open connections", self.open.clone());
        registry.register(
            "connections_refused",
            "Connections closed because of a limit",
            self.refused.clone(),
        );
        registry.register(
            "authentications",
            "Credentials presented, by outcome",
            self.authentications.clone(),
        );
        registry.register(
            "sessions",
            "Sessions that were issued, extended, ended (revoked), deleted, expired or pruned",
            self.sessions.clone(),
        );
        self.webhooks.register(registry);
        self.cache.register(registry);
    }

    #[must_use]
    pub fn connections(&self, listener: &'static str) -> ConnectionMetrics {
        let listener = Listener { listener };
        ConnectionMetrics {
            open: self.open.get_or_create_owned(&listener),
            refused: self.refused.get_or_create_owned(&listener),
        }
    }

    #[must_use]
    pub fn requests(&self, listener: &'static str) -> RequestMetrics {
        let listener = Listener { listener };
        RequestMetrics {
            in_flight: self.in_flight.get_or_create_owned(&listener),
            pending_response_bytes: self.pending_response_bytes.get_or_create_owned(&listener),
        }
    }

    pub fn answered(
        &self,
        listener: &'static str,
        route: Option<MatchedPath>,
        method: &'static str,
        status: StatusCode,
        took: Duration,
    ) {
        let route = Route { listener, route: Path(route) };
        self.durations.get_or_create(&route).observe(took.as_secs_f64());
        let route = route.route;
        let request = Request { listener, route, method, status: status.as_u16() };
        self.requests.get_or_create(&request).inc();
    }

    pub fn authenticated(&self, authentication: Authentication) {
        self.authentications.get_or_create(&authentication).inc();
    }

    pub fn sessions(&self, event: &'static str, count: u64) {
        self.sessions.get_or_create(&SessionEvent { event }).inc_by(count);
    }

    /// Counts an event that was sent to a webhook, by its outcome.
    pub fn webhook(&self, name: &str, outcome: &'static str) {
        self.webhooks.sent(name, outcome);
    }

    /// Notes the age of the oldest event that a webhook has not received.
    pub fn webhook_lag(&self, name: &str, lag: time::Duration) {
        self.webhooks.lag(name, lag);
    }

    pub fn cache_hit(&self) {
        self.cache.hits.inc();
    }

    pub fn cache_missed(&self) {
        self.cache.misses.inc();
    }

    /// Counts a change that this replica has noticed.
    pub fn cache_invalidated(&self) {
        self.cache.invalidations.inc();
    }

    /// Notes the number of sessions in memory, their bytes, and whether they may be used.
    pub fn cache_state(&self, sessions: usize, bytes: u64, has_lease: bool) {
        self.cache.sessions.set(i64::try_from(sessions).unwrap_or(i64::MAX));
        self.cache.bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        self.cache.has_lease.set(has_lease.into());
    }

    /// Notes how long a look for changes took.
    pub fn cache_look(&self, time: Duration) {
        self.cache.looked(time);
    }

    /// Notes how long the answer to a change waited for other replicas.
    pub fn cache_wait(&self, time: Duration) {
        self.cache.waited(time);
    }

    /// All metrics as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// The label of a method. Other methods share one label, because clients can invent any.
#[must_use]
pub fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
