//! When each session was last used: noted in memory on the way of a request, and
//! written behind it, in batches.
//!
//! Times are those of the beginning of an interval, a minute by default. So a
//! session is written once an interval at most, however many copies of the service
//! note it, and who dies without a word loses what was noted in the last one.

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

/// So many sessions wait to be written, at most. When there are as many, they are
/// written early; what is noted while they cannot be is forgotten.
const MAX_PENDING_SESSIONS: usize = 100_000;

/// What was noted and is not written yet. Made once.
pub struct ActivityTracker {
    repository: Arc<dyn SessionRepository>,
    /// None where nothing is noted or shown.
    interval: Option<Duration>,
    /// What was noted is shown, and nothing more is noted.
    read_only: bool,
    noted: Mutex<HashMap<Uuid, OffsetDateTime>>,
    is_full: Notify,
}

impl ActivityTracker {
    #[must_use]
    pub fn new(config: &Config, repository: Arc<dyn SessionRepository>) -> Self {
        let interval = config.notes_activity().then_some(config.activity.interval);
        let read_only = config.database.read_only;
        Self { repository, interval, read_only, noted: Mutex::default(), is_full: Notify::new() }
    }

    /// Notes that a session is being used. Takes a lock for an instant, and waits for
    /// nothing else.
    pub fn note(&self, session: Uuid, now: OffsetDateTime) {
        let Some(interval) = self.interval.filter(|_| !self.read_only) else {
            return;
        };
        let at = beginning(interval, now);
        let mut noted = self.lock();
        if let Some(known) = noted.get_mut(&session) {
            *known = at;
        } else if noted.len() < MAX_PENDING_SESSIONS {
            noted.insert(session, at);
        } else {
            self.is_full.notify_one();
        }
    }

    /// Puts into sessions when they were last used: what is written, and what this copy
    /// has noted since.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn show<T>(&self, sessions: &mut [T]) -> Result<(), RepositoryError>
    where
        T: AsRef<Session> + AsMut<Session>,
    {
        if self.interval.is_none() || sessions.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = sessions.iter().map(|session| session.as_ref().id).collect();
        let mut known = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(BATCH_SIZE) {
            known.extend(self.repository.last_activity(ids).await?);
        }
        let noted = self.lock();
        for session in sessions {
            let session = session.as_mut();
            let at = known.get(&session.id).max(noted.get(&session.id));
            // An interval may have begun before the session has.
            session.last_active_at = at.map(|at| session.authenticated_at.max(*at));
        }
        Ok(())
    }

    /// Writes what was noted, once an interval.
    pub async fn keep_written(&self) -> Infallible {
        let Some(interval) = self.interval else {
            return future::pending().await;
        };
        // Copies that start together do not write together.
        let mut wait = interval.mul_f64(rand::random());
        loop {
            tokio::select! {
                () = sleep(wait) => {}
                () = self.is_full.notified() => {}
            }
            while let Err(error) = self.write().await {
                tracing::warn!(%error, "when sessions were last used could not be written; later again");
                sleep(interval).await;
            }
            wait = interval;
        }
    }

    /// Writes what was noted by now. What fails is written the next time.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write(&self) -> Result<(), RepositoryError> {
        let mut noted: Vec<_> = self.lock().iter().map(|(id, at)| (*at, *id)).collect();
        // In one order, so that copies do not hold each other up.
        noted.sort_unstable();
        for of_one_time in noted.chunk_by(|(one, _), (next, _)| one == next) {
            for batch in of_one_time.chunks(BATCH_SIZE) {
                let at = batch[0].0;
                let sessions: Vec<_> = batch.iter().map(|(_, session)| *session).collect();
                self.repository.note_activity(&sessions, at).await?;
                let mut noted = self.lock();
                for session in &sessions {
                    if noted.get(session) == Some(&at) {
                        noted.remove(session);
                    }
                }
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, OffsetDateTime>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The whole second in which the interval began that `now` is in.
fn beginning(interval: Duration, now: OffsetDateTime) -> OffsetDateTime {
    let seconds = i64::try_from(interval.as_secs()).unwrap_or(i64::MAX).max(1);
    let now = now.unix_timestamp();
    OffsetDateTime::from_unix_timestamp(now - now.rem_euclid(seconds))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

impl fmt::Debug for ActivityTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Activity").field("interval", &self.interval).finish_non_exhaustive()
    }
}
