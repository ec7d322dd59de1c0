//! The feed of events: keeps the log in order, and wakes readers.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future;
use tokio::sync::{Mutex, Notify, watch};
use tokio::time::{sleep, timeout};

use crate::config::Config;
use crate::event::EventId;
use crate::repository::{RepositoryError, SessionRepository};

/// Interval at which a replica looks for the events of others, while somebody reads the log here.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// The same interval while nobody does. A replica that stops between a change and the next step
/// leaves an event without a position, so that another replica has to look.
const IDLE_INTERVAL: Duration = Duration::from_secs(2);
/// Pause after a change, so that events that are written in this time get their positions together.
const PAUSE: Duration = Duration::from_millis(50);
/// Pause after a failure.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// The end of the log, as far as this replica knows. Created once.
pub(super) struct EventFeed {
    repository: Arc<dyn SessionRepository>,
    is_enabled: bool,
    is_read_only: bool,
    written: Notify,
    head: watch::Sender<EventId>,
    /// Number of times that events were put in order, begun so far.
    begun: AtomicU64,
    /// The last one that was completed, and the end of the log after it.
    completed: Mutex<(u64, EventId)>,
}

impl EventFeed {
    pub(super) fn new(config: &Config, repository: Arc<dyn SessionRepository>) -> Self {
        Self {
            repository,
            is_enabled: config.has_events(),
            is_read_only: config.database.read_only,
            written: Notify::new(),
            head: watch::Sender::new(EventId::BEGINNING),
            begun: AtomicU64::new(0),
            completed: Mutex::default(),
        }
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.is_enabled
    }

    /// There may be new events, from this replica.
    pub(super) fn wake(&self) {
        self.written.notify_one();
    }

    /// The end of the log, and each change of it until the receiver is dropped.
    pub(super) fn subscribe(&self) -> watch::Receiver<EventId> {
        let head = self.head.subscribe();
        // The events of other replicas matter from now on.
        self.wake();
        head
    }

    /// Keeps the log in order.
    pub(super) async fn keep_in_order(&self) -> Infallible {
        if !self.is_enabled {
            return future::pending().await;
        }
        let mut has_failed = false;
        loop {
            let is_read = self.head.receiver_count() > 0;
            let interval = if is_read { POLL_INTERVAL } else { IDLE_INTERVAL };
            if timeout(interval, self.written.notified()).await.is_ok() {
                sleep(PAUSE).await;
            }
            let done = self.advance().await;
            if let Err(error) = &done
                && !has_failed
            {
                tracing::warn!(%error, "failed to put events in order; will retry");
            }
            has_failed = done.is_err();
            if has_failed {
                sleep(RETRY_DELAY).await;
            }
        }
    }

    /// Puts all events in order that are visible now, and returns the end of the log. Concurrent
    /// callers share the work.
    pub(super) async fn advance_from_now(&self) -> Result<EventId, RepositoryError> {
        let begun = self.begun.load(Ordering::SeqCst);
        let mut completed = self.completed.lock().await;
        if completed.0 > begun {
            return Ok(completed.1);
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let head = self.advance().await?;
        *completed = (number, head);
        Ok(head)
    }

    /// Puts all visible events in order, and wakes readers. Returns the end of the log.
    pub(super) async fn advance(&self) -> Result<EventId, RepositoryError> {
        let mut log = self.repository.event_log().await?;
        if log.has_unsequenced && !self.is_read_only {
            while self.repository.sequence_events().await? {}
            log = self.repository.event_log().await?;
        }
        self.head.send_if_modified(|head| std::mem::replace(head, log.head) != log.head);
        Ok(log.head)
    }
}

impl fmt::Debug for EventFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventFeed").field("is_enabled", &self.is_enabled).finish_non_exhaustive()
    }
}
