//! The shutdown of this replica, as requests see it.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Created once, when the service starts.
#[derive(Debug, Default)]
pub struct Shutdown {
    /// Every response reads it.
    has_begun: AtomicBool,
    token: CancellationToken,
    writes: TaskTracker,
}

impl Shutdown {
    /// Begins the shutdown of this replica. From now on it is not ready, and closes each
    /// connection after its next response, so that clients move to another replica before this
    /// one stops.
    pub fn begin(&self) {
        self.has_begun.store(true, Ordering::Relaxed);
        self.token.cancel();
    }

    /// Cancelled once the shutdown begins.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Waits until all writes have completed, including those whose clients have hung up. No
    /// writes may begin after this call.
    pub async fn writes_completed(&self) {
        self.writes.close();
        self.writes.wait().await;
    }

    pub(in crate::http) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Waits for the shutdown.
    pub(in crate::http) async fn begun(&self) {
        self.token.cancelled().await;
    }

    /// The writes in flight.
    pub(in crate::http) fn writes(&self) -> &TaskTracker {
        &self.writes
    }
}
