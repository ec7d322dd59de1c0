//! The claim of a webhook: one replica delivers, and another one takes over from it.
//!
//! The holder renews its claim every second, and stops to deliver when it could not do so for
//! [`VALID`]. Another replica takes over when it has seen no renewal for longer. Both measure time
//! on their own clocks, from before a call to the database, so that clocks need not agree.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::repository::{RepositoryError, SessionRepository, WebhookState};

/// Interval of renewals, and of looks at the claims of others.
pub(super) const RENEWAL_INTERVAL: Duration = Duration::from_secs(1);
/// The time for which a renewal counts.
const VALID: Duration = Duration::from_secs(4);
/// The time without a renewal after which another replica takes over.
const TAKEOVER: Duration = Duration::from_secs(6);

/// The claim of this replica on one webhook.
pub(super) struct Claim {
    repository: Arc<dyn SessionRepository>,
    name: String,
    replica: Uuid,
    /// The beginning of the last renewal.
    renewed: Instant,
}

impl Claim {
    /// Waits until the webhook is free, and claims it. Returns its state.
    pub(super) async fn acquire(
        repository: &Arc<dyn SessionRepository>,
        name: &str,
    ) -> Result<(Self, WebhookState), RepositoryError> {
        // The beat that was seen last, and when it was new.
        let mut seen: HashMap<i64, Instant> = HashMap::new();
        let replica = Uuid::new_v4();
        loop {
            let began = Instant::now();
            let states = repository.webhooks().await?;
            let Some(state) =
                states.into_iter().find(|one| one.is_of_this_network && one.name == name)
            else {
                repository.add_webhook(name).await?;
                continue;
            };
            // The beat was current at some time during the call: it counts from the end.
            let since = *seen.entry(state.beat).or_insert(Instant::now());
            seen.retain(|beat, _| *beat == state.beat);
            let is_free = state.holder.is_none() || began.duration_since(since) >= TAKEOVER;
            if is_free && repository.claim_webhook(name, replica, state.beat).await? {
                let (repository, name) = (Arc::clone(repository), name.to_owned());
                return Ok((Self { repository, name, replica, renewed: began }, state));
            }
            sleep(RENEWAL_INTERVAL).await;
        }
    }

    pub(super) fn replica(&self) -> Uuid {
        self.replica
    }

    /// Renews the claim. Returns whether this replica may still deliver.
    pub(super) async fn renew(&mut self) -> bool {
        let began = Instant::now();
        match self.repository.renew_webhook(&self.name, self.replica).await {
            Ok(true) => self.renewed = began,
            Ok(false) => return false,
            Err(error) => {
                tracing::debug!(%error, webhook = self.name, "failed to renew a claim");
            }
        }
        self.is_valid()
    }

    /// Returns whether this replica may deliver now.
    pub(super) fn is_valid(&self) -> bool {
        Instant::now() < self.valid_until()
    }

    /// The time from which on another replica may deliver.
    pub(super) fn valid_until(&self) -> Instant {
        self.renewed + VALID
    }

    /// Lets another replica take over at once.
    pub(super) async fn release(self) {
        if let Err(error) = self.repository.release_webhook(&self.name, self.replica).await {
            tracing::debug!(%error, webhook = self.name, "failed to release a claim");
        }
    }
}
