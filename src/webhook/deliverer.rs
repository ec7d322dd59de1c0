//! Delivers the events of each webhook, on the replica that has its claim.

mod delivery;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::{Config, ConfigError, Webhook};
use crate::metrics::Metrics;
use crate::repository::SessionRepository;
use crate::service::SessionService;
use crate::webhook::claim::Claim;
use crate::webhook::client::Client;
use delivery::Delivery;

/// Maximum time that the stop waits.
const STOP_TIMEOUT: Duration = Duration::from_secs(4);
/// Pause after a failure of the database.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// What the delivery of a webhook needs.
#[derive(Clone)]
struct Context {
    name: String,
    webhook: Webhook,
    client: Arc<Client>,
    service: Arc<SessionService>,
    repository: Arc<dyn SessionRepository>,
    metrics: Arc<Metrics>,
    clock: Clock,
    stop: CancellationToken,
}

/// All webhooks of the settings.
pub struct Webhooks {
    contexts: Vec<Context>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Webhooks {
    /// Fails if a file with certificate authorities cannot be used. Delivery ends once `stop` is
    /// cancelled.
    pub fn new(
        config: &Config,
        service: &Arc<SessionService>,
        repository: &Arc<dyn SessionRepository>,
        metrics: &Arc<Metrics>,
        clock: &Clock,
        stop: CancellationToken,
    ) -> Result<Self, ConfigError> {
        // Without the right to write, another replica delivers.
        let none = BTreeMap::new();
        let webhooks = if config.database.read_only { &none } else { &config.webhooks };
        let contexts = webhooks.iter().map(|(name, webhook)| {
            Ok(Context {
                client: Arc::new(Client::new(name, webhook)?),
                name: name.clone(),
                webhook: webhook.clone(),
                service: Arc::clone(service),
                repository: Arc::clone(repository),
                metrics: Arc::clone(metrics),
                clock: clock.clone(),
                stop: stop.clone(),
            })
        });
        let contexts = contexts.collect::<Result<_, ConfigError>>()?;
        Ok(Self { contexts, tasks: TaskTracker::new(), stop })
    }

    /// Delivers in the background, on the current runtime.
    pub fn start(&self) {
        for context in &self.contexts {
            self.tasks.spawn(deliver(context.clone()));
        }
    }

    /// Stops to deliver. Waits until what was done is stored, so that other replicas take over at
    /// once and repeat nothing.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        if timeout(STOP_TIMEOUT, self.tasks.wait()).await.is_err() {
            tracing::warn!("webhooks were stopped before their progress was stored");
        }
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").field("count", &self.contexts.len()).finish_non_exhaustive()
    }
}

/// Delivers whenever this replica has the claim.
async fn deliver(context: Context) {
    while !context.stop.is_cancelled() {
        let claim = tokio::select! {
            () = context.stop.cancelled() => return,
            claim = Claim::acquire(&context.repository, &context.name) => claim,
        };
        let delivered = match claim {
            Ok((claim, state)) => Delivery::new(context.clone(), claim, &state).run().await,
            Err(error) => Err(error),
        };
        if let Err(error) = delivered {
            tracing::warn!(%error, webhook = context.name, "a webhook is interrupted; will retry");
            sleep(RETRY_DELAY).await;
        }
    }
}
