//! Metrics of webhooks. Their names are those of the settings.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Webhook {
    webhook: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Delivery {
    webhook: String,
    outcome: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct Webhooks {
    deliveries: Family<Delivery, Counter>,
    lags: Family<Webhook, Gauge<f64, AtomicU64>>,
}

impl Webhooks {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "webhook_deliveries",
            "Events sent to webhooks: delivered, failed (one try) or given_up",
            self.deliveries.clone(),
        );
        registry.register_with_unit(
            "webhook_lag",
            "Age of the oldest event that this replica has not delivered yet",
            Unit::Seconds,
            self.lags.clone(),
        );
    }

    pub(super) fn sent(&self, webhook: &str, outcome: &'static str) {
        self.deliveries.get_or_create(&Delivery { webhook: webhook.to_owned(), outcome }).inc();
    }

    pub(super) fn lag(&self, webhook: &str, lag: Duration) {
        let lag = lag.as_seconds_f64();
        self.lags.get_or_create(&Webhook { webhook: webhook.to_owned() }).set(lag.max(0.0));
    }
}
