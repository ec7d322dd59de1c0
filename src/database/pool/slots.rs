//! The slots of a pool: one permit for each connection that it may have.
//!
//! One connection is reserved for calls on which all others depend, so that they need not wait in
//! line with them: if looks for changes came too late under load, there would be no answers from
//! memory, and even more load.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

tokio::task_local! {
    static IS_URGENT: ();
}

/// Runs a call that may use the reserved connection.
pub(in crate::database) async fn urgently<F: Future>(call: F) -> F::Output {
    IS_URGENT.scope((), call).await
}

/// The number of connections from which on one is reserved.
const MIN_WITH_RESERVE: usize = 3;

pub(super) struct Slots {
    ordinary: Arc<Semaphore>,
    reserved: Arc<Semaphore>,
    /// Queue for slots: one permit for each pending acquire.
    line: Semaphore,
    max_pending: usize,
}

impl Slots {
    pub(super) fn new(connections: usize, max_pending: usize) -> Self {
        let reserved = usize::from(connections >= MIN_WITH_RESERVE);
        Self {
            ordinary: Arc::new(Semaphore::new(connections - reserved)),
            reserved: Arc::new(Semaphore::new(reserved)),
            line: Semaphore::new(max_pending),
            max_pending,
        }
    }

    /// Acquires the right to one of the connections. Waiting for it costs nothing, so a client
    /// that hangs up simply leaves the queue.
    pub(super) async fn acquire(&self, deadline: Instant) -> Option<OwnedSemaphorePermit> {
        if let Ok(slot) = Arc::clone(&self.ordinary).try_acquire_owned() {
            return Some(slot);
        }
        if IS_URGENT.try_with(|()| ()).is_ok()
            && let Ok(slot) = Arc::clone(&self.reserved).try_acquire_owned()
        {
            return Some(slot);
        }
        let _place = self.line.try_acquire().ok()?;
        let waiting = Arc::clone(&self.ordinary).acquire_owned();
        timeout_at(deadline, waiting).await.ok()?.ok()
    }

    /// Number of calls that wait for a slot.
    pub(super) fn waiting(&self) -> usize {
        self.max_pending.saturating_sub(self.line.available_permits())
    }

    /// Number of slots that nobody holds.
    pub(super) fn available(&self) -> usize {
        self.ordinary.available_permits() + self.reserved.available_permits()
    }

    /// Refuses all later calls.
    pub(super) fn close(&self) {
        self.ordinary.close();
        self.reserved.close();
    }
}
