//! The wait at startup for what others may still create: a server that starts, tables that a
//! migration makes, the row that Kratos adds when it first serves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::database::awaited::Awaited;
use crate::database::error::OpenError;

/// Delay between attempts.
const RETRY_DELAY: Duration = Duration::from_millis(200);

/// One start, which waits `database.start_timeout` at most, for everything together.
pub(super) struct Startup {
    deadline: Instant,
    logged: Mutex<Option<Awaited>>,
    awaited_tables: AtomicBool,
}

impl Startup {
    pub(super) fn begin(start_timeout: Duration) -> Self {
        Self {
            deadline: Instant::now() + start_timeout,
            logged: Mutex::default(),
            awaited_tables: AtomicBool::new(false),
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Repeats an attempt until it succeeds, fails for another reason than something that is
    /// awaited, or the time is over.
    pub(super) async fn wait_for<T>(
        &self,
        attempt: impl AsyncFn() -> Result<T, OpenError>,
    ) -> Result<T, OpenError> {
        loop {
            let error = match attempt().await {
                Ok(done) => return Ok(done),
                Err(error) => self.with_grants(error),
            };
            match error.awaited() {
                Some(awaited) if Instant::now() + RETRY_DELAY < self.deadline => {
                    self.log(awaited, &error);
                    sleep(RETRY_DELAY).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// A missing right is awaited, too, once tables were: where each table has its own grants,
    /// they follow its creation.
    fn with_grants(&self, error: OpenError) -> OpenError {
        if error.awaited() == Some(Awaited::Tables) {
            self.awaited_tables.store(true, Ordering::Relaxed);
        }
        let were_awaited = self.awaited_tables.load(Ordering::Relaxed);
        if error.is_missing_grant() && were_awaited { error.until(Awaited::Grants) } else { error }
    }

    /// Logs what is awaited: a line for each thing, not for each attempt.
    fn log(&self, awaited: Awaited, error: &OpenError) {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.replace(awaited) != Some(awaited) {
            let left = self.deadline.saturating_duration_since(Instant::now()).as_secs_f64().ceil();
            tracing::info!(problem = %error, "waiting up to {left} s for {awaited}");
        }
    }
}
