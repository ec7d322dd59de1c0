//! Reading from a standby without anyone seeing less than was answered before.
//!
//! A standby may be behind, so it is read only while it is known to have had, at
//! some moment within the last [`STALENESS`], all that its primary had then. Who
//! writes is answered once the standby has that too, or after `STALENESS`: by then
//! every copy of the service has found out that it is behind, and reads the primary.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::{Postgres as Dialect, Row as _};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use super::super::pool::Pool;
use super::BoundQuery;
use crate::metrics::PoolState;
use crate::repository::RepositoryError;

/// How far behind a standby may be that is read.
const STALENESS: Duration = Duration::from_millis(500);
/// How often a copy finds out how far behind it is.
const LOOK: Duration = Duration::from_millis(100);
/// Between two questions whether it has caught up.
const PAUSE: Duration = Duration::from_millis(3);

/// What is on the primary's disk, and so all that it has answered for.
const WRITTEN: &str = "SELECT CAST(pg_current_wal_flush_lsn() AS TEXT)";
const HAS_REPLAYED: &str = "
SELECT pg_is_in_recovery() AND COALESCE(pg_last_wal_replay_lsn() >= CAST($1 AS PG_LSN), FALSE)";

pub(super) struct Standby {
    pair: Arc<Pair>,
    looking: JoinHandle<()>,
}

struct Pair {
    primary: Arc<Pool<Dialect>>,
    standby: Pool<Dialect>,
    began: Instant,
    /// When the primary had what the standby is known to have: in milliseconds
    /// since the beginning; 0 where nothing is known.
    as_of: AtomicU64,
}

impl Standby {
    pub(super) fn new(primary: Arc<Pool<Dialect>>, standby: Pool<Dialect>) -> Self {
        let began = Instant::now();
        let pair = Arc::new(Pair { primary, standby, began, as_of: AtomicU64::new(0) });
        let looking = tokio::spawn({
            let pair = Arc::clone(&pair);
            async move {
                loop {
                    // Whatever fails here, time goes by, and the standby is not read.
                    let _ = pair.look().await;
                    sleep(LOOK).await;
                }
            }
        });
        Self { pair, looking }
    }

    /// All rows, or `None` where the primary has to be asked.
    pub(super) async fn fetch_all(
        &self,
        query: impl Fn() -> Result<BoundQuery, RepositoryError>,
    ) -> Option<Vec<PgRow>> {
        if !self.pair.is_recent() {
            return None;
        }
        timeout(STALENESS, self.pair.standby.fetch_all(query)).await.ok()?.ok()
    }

    pub(super) fn state(&self) -> PoolState {
        self.pair.standby.state("standby")
    }

    /// Waits until the standby has what the primary has now, or nobody reads it.
    pub(super) async fn catch_up(&self) {
        let waited = Instant::now() + STALENESS;
        let caught_up = async {
            let written = self.pair.written().await.ok()?;
            while !self.pair.has_replayed(&written).await.ok()? {
                sleep(PAUSE).await;
            }
            Some(())
        };
        if timeout_at(waited, caught_up).await.ok().flatten().is_none() {
            sleep_until(waited).await;
        }
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

impl Pair {
    fn is_recent(&self) -> bool {
        let as_of = self.as_of.load(Ordering::Relaxed);
        as_of > 0 && self.began.elapsed() < Duration::from_millis(as_of) + STALENESS
    }

    async fn look(&self) -> Result<(), RepositoryError> {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(0);
        if self.has_replayed(&self.written().await?).await? {
            self.as_of.store(now, Ordering::Relaxed);
        }
        Ok(())
    }

    /// How far the primary has written, as its text.
    async fn written(&self) -> Result<String, RepositoryError> {
        let rows = self.primary.fetch_all(|| Ok(sqlx::query(WRITTEN))).await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        Ok(row.try_get(0)?)
    }

    /// Whether the standby has got there.
    async fn has_replayed(&self, written: &str) -> Result<bool, RepositoryError> {
        let query = || Ok(sqlx::query(HAS_REPLAYED).bind(written.to_owned()));
        let rows = self.standby.fetch_all(query).await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
        Ok(row.try_get(0)?)
    }
}
