//! Delivers the events of each webhook, on the replica that has its claim.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, ConfigError};
use crate::webhook::claim::Claim;
use crate::webhook::client::Client;
use crate::webhook::context::{Context, Parts};
use crate::webhook::delivery::Delivery;

/// Maximum time that the stop waits.
const STOP_TIMEOUT: Duration = Duration::from_secs(4);
/// Pause after a failure of the database.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// All webhooks of the settings.
pub struct Webhooks {
    contexts: Vec<Context>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Webhooks {
    /// Fails if a file with certificate authorities cannot be used.
    pub fn new(config: &Config, parts: &Parts) -> Result<Self, ConfigError> {
        // Without the right to write, another replica delivers.
        let none = BTreeMap::new();
        let webhooks = if config.database.read_only { &none } else { &config.webhooks };
        let contexts = webhooks.iter().map(|(name, webhook)| {
            Ok(Context {
                name: name.clone(),
                webhook: webhook.clone(),
                client: Arc::new(Client::new(name, webhook)?),
                parts: parts.clone(),
            })
        });
        let contexts = contexts.collect::<Result<_, ConfigError>>()?;
        Ok(Self { contexts, tasks: TaskTracker::new(), stop: parts.stop.clone() })
    }

    /// Delivers in the background, on the current runtime. From now on, events are delivered.
    pub async fn start(&self) {
        for context in &self.contexts {
            let repository = &context.parts.repository;
            if let Err(error) = repository.add_webhook(&context.name).await {
                tracing::warn!(%error, webhook = context.name, "a webhook begins later");
            }
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
    while !context.parts.stop.is_cancelled() {
        let claim = tokio::select! {
            () = context.parts.stop.cancelled() => return,
            claim = Claim::acquire(&context.parts.repository, &context.name) => claim,
        };
        let delivered = match claim {
            Ok((claim, state)) => {
                let delivered = Delivery::new(context.clone(), claim, &state).run().await;
                tracing::info!(webhook = context.name, "this replica no longer delivers a webhook");
                delivered
            }
            Err(error) => Err(error),
        };
        if let Err(error) = delivered {
            tracing::warn!(%error, webhook = context.name, "a webhook is interrupted; will retry");
            sleep(RETRY_DELAY).await;
        }
    }
}
