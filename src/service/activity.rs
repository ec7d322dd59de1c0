//! Session activity: when each session was last used.
//!
//! Requests record activity in memory, and a background task flushes it in batches. A recorded
//! time is the start of an interval, a minute by default. So there is at most one write per
//! session and interval, across all replicas. A replica that is killed loses the activity of
//! the last interval.
//!
//! With an idle timeout, the same task moves the expiry of the sessions that were used. A use is
//! recorded with half of an interval's precision and written within the other half, and a session
//! expires one interval after its idle timeout. So a session that is used in time never expires,
//! and one that is not used expires within its idle timeout and one interval.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future;
use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::time::sleep;
use uuid::Uuid;

use crate::config::Config;
use crate::repository::{BATCH_SIZE, RepositoryError, SessionRepository};
use crate::session::Session;

/// Maximum number of sessions whose activity waits to be written. At that number, it is flushed
/// early. While it cannot be written, the activity of further sessions is discarded.
const MAX_PENDING_SESSIONS: usize = 100_000;

/// The activity that is not written yet. Created once.
pub struct ActivityTracker {
    repository: Arc<dyn SessionRepository>,
    /// The precision of recorded times. `None` if activity is neither recorded nor shown.
    precision: Option<Duration>,
    /// The time between two flushes.
    interval: Duration,
    /// Set if sessions expire unless they are used.
    idle_time: Option<Duration>,
    /// Stored activity is shown, but none is recorded.
    read_only: bool,
    pending: Mutex<HashMap<Uuid, OffsetDateTime>>,
    is_full: Notify,
}

impl ActivityTracker {
    #[must_use]
    pub fn new(config: &Config, repository: Arc<dyn SessionRepository>) -> Self {
        let (precision, interval) = config.activity_intervals();
        Self {
            repository,
            precision: config.notes_activity().then_some(precision),
            interval,
            idle_time: config.idle_time(),
            read_only: config.database.read_only,
            pending: Mutex::default(),
            is_full: Notify::new(),
        }
    }

    /// Records that a session is being used. Takes a lock for an instant, and waits for nothing
    /// else.
    pub fn record(&self, session: Uuid, now: OffsetDateTime) {
        let Some(precision) = self.precision.filter(|_| !self.read_only) else {
            return;
        };
        let at = interval_start(precision, now);
        let mut pending = self.lock();
        if let Some(known) = pending.get_mut(&session) {
            *known = at;
        } else if pending.len() < MAX_PENDING_SESSIONS {
            pending.insert(session, at);
        } else {
            self.is_full.notify_one();
        }
    }

    /// Sets when these sessions were last used, from stored activity and from what this replica has
    /// recorded since.
    pub async fn load_into<T>(&self, sessions: &mut [T]) -> Result<(), RepositoryError>
    where
        T: AsRef<Session> + AsMut<Session>,
    {
        if self.precision.is_none() || sessions.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = sessions.iter().map(|session| session.as_ref().id).collect();
        let mut stored = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(BATCH_SIZE) {
            stored.extend(self.repository.last_activity(ids).await?);
        }
        let pending = self.lock();
        for session in sessions {
            let session = session.as_mut();
            let at = stored.get(&session.id).max(pending.get(&session.id));
            // The interval may have begun before the session.
            session.last_active_at = at.map(|at| session.authenticated_at.max(*at));
        }
        Ok(())
    }

    /// Flushes recorded activity, once per interval.
    pub async fn keep_flushed(&self) -> Infallible {
        if self.precision.is_none() {
            return future::pending().await;
        }
        let interval = self.interval;
        // Random, so that replicas that start together do not write together.
        let mut wait = interval.mul_f64(rand::random());
        loop {
            tokio::select! {
                () = sleep(wait) => {}
                () = self.is_full.notified() => {}
            }
            while let Err(error) = self.flush().await {
                tracing::warn!(%error, "failed to flush session activity; will retry");
                sleep(interval).await;
            }
            wait = interval;
        }
    }

    /// Writes all activity recorded so far. If a write fails, its activity stays for the next
    /// flush.
    pub async fn flush(&self) -> Result<(), RepositoryError> {
        let mut recorded: Vec<_> = self.lock().iter().map(|(id, at)| (*at, *id)).collect();
        // In the same order everywhere, so that replicas do not hold each other up.
        recorded.sort_unstable();
        for same_time in recorded.chunk_by(|(one, _), (next, _)| one == next) {
            for batch in same_time.chunks(BATCH_SIZE) {
                let at = batch[0].0;
                let sessions: Vec<_> = batch.iter().map(|(_, session)| *session).collect();
                self.repository.note_activity(&sessions, at).await?;
                if let Some(idle_time) = self.idle_time {
                    self.repository.defer_idle_end(&sessions, at, at + idle_time).await?;
                }
                let mut pending = self.lock();
                for session in &sessions {
                    if pending.get(session) == Some(&at) {
                        pending.remove(session);
                    }
                }
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, OffsetDateTime>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The start of the interval that contains `now`, as a whole second.
fn interval_start(interval: Duration, now: OffsetDateTime) -> OffsetDateTime {
    let seconds = i64::try_from(interval.as_secs()).unwrap_or(i64::MAX).max(1);
    let now = now.unix_timestamp();
    OffsetDateTime::from_unix_timestamp(now - now.rem_euclid(seconds))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

impl fmt::Debug for ActivityTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivityTracker")
            .field("precision", &self.precision)
            .finish_non_exhaustive()
    }
}
