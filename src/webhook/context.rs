//! The context of a webhook's delivery.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Webhook;
use crate::metrics::Metrics;
use crate::repository::SessionRepository;
use crate::security_event::SecurityEvents;
use crate::service::SessionService;
use crate::webhook::client::Client;

/// The parts of the service that webhooks use.
#[derive(Clone)]
pub struct Parts {
    pub service: Arc<SessionService>,
    pub repository: Arc<dyn SessionRepository>,
    pub security_events: Arc<SecurityEvents>,
    pub metrics: Arc<Metrics>,
    pub clock: Clock,
    /// Delivery ends once it is cancelled.
    pub stop: CancellationToken,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

/// One webhook.
#[derive(Clone)]
pub(super) struct Context {
    pub name: String,
    pub webhook: Webhook,
    pub client: Arc<Client>,
    pub parts: Parts,
}
