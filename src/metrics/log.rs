//! Metrics of the log.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;

use crate::logging;

#[derive(Debug)]
pub(super) struct Log;

impl Collector for Log {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (name, help) = ("log_lines_dropped", "Log lines dropped because the reader stalled");
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        let dropped = logging::dropped();
        for (kind, lines) in [("ordinary", dropped.ordinary), ("audit", dropped.audit)] {
            ConstCounter::new(lines).encode(family.encode_family(&[("kind", kind)])?)?;
        }
        Ok(())
    }
}
