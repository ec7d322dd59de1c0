//! Metrics of the database's connection pools.

use std::fmt;
use std::time::Instant;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Unit;

use crate::metrics::histogram::histogram;

/// Measures the database calls of one pool.
#[derive(Debug, Clone)]
pub struct Meter {
    durations: Histogram,
    failures: Counter,
}

impl Default for Meter {
    fn default() -> Self {
        Self { durations: histogram(), failures: Counter::default() }
    }
}

impl Meter {
    /// Measures a call, including its wait for a connection and its retries.
    pub(crate) async fn measure<T, E>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let began = Instant::now();
        let result = call.await;
        self.durations.observe(began.elapsed().as_secs_f64());
        if result.is_err() {
            self.failures.inc();
        }
        result
    }
}

/// The current state of a pool.
#[derive(Debug, Clone)]
pub struct PoolState {
    pub name: &'static str,
    pub connections: usize,
    pub idle: usize,
    pub max: usize,
    /// Calls that wait for a connection.
    pub waiting: usize,
    pub meter: Meter,
}

/// Reads the state of all pools.
pub(super) struct Pools(pub Box<dyn Fn() -> Vec<PoolState> + Send + Sync>);

impl fmt::Debug for Pools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pools")
    }
}

type Gauge = (&'static str, &'static str, fn(&PoolState) -> usize);

const GAUGES: [Gauge; 4] = [
    ("database_connections", "Connections in the pool", |pool| pool.connections),
    ("database_connections_idle", "Connections not in use", |pool| pool.idle),
    ("database_connections_max", "Size of the pool", |pool| pool.max),
    ("database_pending_acquires", "Calls that wait for a connection", |pool| pool.waiting),
];

impl Collector for Pools {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let pools = (self.0)();
        for (name, help, value) in GAUGES {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for pool in &pools {
                let value = i64::try_from(value(pool)).unwrap_or(i64::MAX);
                let labels = [("pool", pool.name)];
                ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
            }
        }
        let (name, help) = ("database_call_failures", "Calls that failed after all retries");
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for pool in &pools {
            pool.meter.failures.encode(family.encode_family(&[("pool", pool.name)])?)?;
        }
        let (name, help) =
            ("database_call_duration", "Time of a call, including its wait for a connection");
        let kind = MetricType::Histogram;
        let mut family = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), kind)?;
        for pool in &pools {
            pool.meter.durations.encode(family.encode_family(&[("pool", pool.name)])?)?;
        }
        Ok(())
    }
}
