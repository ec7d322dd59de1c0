//! Metrics of answers from memory.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::metrics::histogram::histogram;

#[derive(Debug)]
pub(super) struct Cache {
    pub hits: Counter,
    pub misses: Counter,
    pub invalidations: Counter,
    pub sessions: Gauge,
    pub bytes: Gauge,
    pub has_lease: Gauge,
    looks: Histogram,
    waits: Histogram,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            hits: Counter::default(),
            misses: Counter::default(),
            invalidations: Counter::default(),
            sessions: Gauge::default(),
            bytes: Gauge::default(),
            has_lease: Gauge::default(),
            looks: histogram(),
            waits: histogram(),
        }
    }
}

impl Cache {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("cache_hits", "Answers from memory", self.hits.clone());
        registry.register(
            "cache_misses",
            "Answers that could be from memory, but were read from the database",
            self.misses.clone(),
        );
        registry.register(
            "cache_invalidations",
            "Changes of sessions and identities that this replica has noticed",
            self.invalidations.clone(),
        );
        registry.register("cache_sessions", "Sessions in memory", self.sessions.clone());
        registry.register_with_unit(
            "cache_size",
            "Memory of these sessions",
            Unit::Bytes,
            self.bytes.clone(),
        );
        registry.register(
            "cache_has_lease",
            "1 while this replica may answer from memory",
            self.has_lease.clone(),
        );
        registry.register_with_unit(
            "cache_look_duration",
            "Time of a look for changes",
            Unit::Seconds,
            self.looks.clone(),
        );
        registry.register_with_unit(
            "cache_change_wait",
            "Time for which the answers to changes waited for other replicas",
            Unit::Seconds,
            self.waits.clone(),
        );
    }

    pub(super) fn looked(&self, time: Duration) {
        self.looks.observe(time.as_secs_f64());
    }

    pub(super) fn waited(&self, time: Duration) {
        self.waits.observe(time.as_secs_f64());
    }
}
