//! Background work: marks expired sessions, prunes ended ones and deletes stale activity.
//!
//! It may be stopped at any point, and may run on several replicas at once, as long as their
//! clocks agree.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::future;
use time::OffsetDateTime;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::{Config, Schema};
use crate::metrics::Metrics;
use crate::pagination::Position;
use crate::repository::{BatchSize, RepositoryError, SessionRepository};

/// Interval at which expired sessions are marked.
const SWEEP_INTERVAL: Duration = Duration::from_mins(1);
/// Interval at which the activity of deleted sessions is deleted.
const ACTIVITY_SWEEP_INTERVAL: Duration = Duration::from_hours(24);
/// Pause between two batches, so that requests get their turn.
const BATCH_PAUSE: Duration = Duration::from_millis(50);

/// Runs the background work that these settings ask for. A Kratos's database is changed only if
/// they ask for it explicitly. Does nothing if the database is read-only.
pub async fn run(
    repository: &dyn SessionRepository,
    config: &Config,
    clock: &Clock,
    metrics: &Metrics,
) -> Infallible {
    if config.database.read_only {
        return future::pending().await;
    }
    let mark = async {
        match config.database.schema {
            Schema::Own => mark_expired(repository, clock, metrics).await,
            Schema::Kratos => future::pending().await,
        }
    };
    let prune = async {
        match config.prune_interval() {
            Some(every) => prune_periodically(repository, config, clock, metrics, every).await,
            None => future::pending().await,
        }
    };
    let forget = async {
        if config.notes_activity() {
            delete_stale_activity(repository).await
        } else {
            future::pending().await
        }
    };
    tokio::select! {
        never = mark => never,
        never = prune => never,
        never = forget => never,
    }
}

/// Marks expired sessions as ended once a minute, so that lists skip them like revoked ones,
/// without a look at each.
async fn mark_expired(
    repository: &dyn SessionRepository,
    clock: &Clock,
    metrics: &Metrics,
) -> Infallible {
    let (mut minutes, mut batches) = (ticks(SWEEP_INTERVAL), Batches::default());
    loop {
        minutes.tick().await;
        let marking = batches.run(async |limit| {
            let expired = repository.end_expired(clock.now(), limit).await?;
            metrics.sessions("expired", expired.count as u64);
            Ok(expired.more)
        });
        if let Err(error) = marking.await {
            tracing::warn!(%error, "failed to mark expired sessions; will retry in a minute");
        }
    }
}

async fn prune_periodically(
    repository: &dyn SessionRepository,
    config: &Config,
    clock: &Clock,
    metrics: &Metrics,
    every: Duration,
) -> Infallible {
    let (mut ticks, mut pruning) = (ticks(every), Pruning::default());
    loop {
        ticks.tick().await;
        let before = clock.now() - config.session.retention;
        // Counted per batch, to include those of a run that fails half-way.
        let mut counted = 0;
        let count = |deleted| {
            metrics.sessions("pruned", deleted - counted);
            counted = deleted;
        };
        match pruning.run(repository, before, false, count).await {
            Ok(0) => {}
            // A warning was logged at startup.
            Err(RepositoryError::NotAllowed(_)) => return future::pending().await,
            Ok(deleted) => tracing::info!(deleted, "pruned sessions that ended long ago"),
            Err(error) => {
                tracing::warn!(%error, "failed to prune sessions; will retry");
            }
        }
    }
}

/// Deletes the sessions that ended before `before`, in batches with pauses. With `dry_run`, it
/// only counts them. After each batch, `progress` gets the number so far.
pub async fn prune(
    repository: &dyn SessionRepository,
    before: OffsetDateTime,
    dry_run: bool,
    progress: impl FnMut(u64),
) -> Result<u64, RepositoryError> {
    Pruning::default().run(repository, before, dry_run, progress).await
}

/// A walk along all sessions. After a failure, it continues where it stopped.
#[derive(Default)]
struct Pruning {
    from: Option<Position>,
    batches: Batches,
}

impl Pruning {
    async fn run(
        &mut self,
        repository: &dyn SessionRepository,
        before: OffsetDateTime,
        dry_run: bool,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, RepositoryError> {
        let (mut deleted, from) = (0, &mut self.from);
        let walk = self.batches.run(async |limit| {
            let batch = repository.prune(before, *from, limit, dry_run).await?;
            deleted += batch.deleted;
            progress(deleted);
            *from = batch.next;
            Ok(from.is_some())
        });
        walk.await?;
        Ok(deleted)
    }
}

/// Deletes the activity of sessions that no longer exist, once a day.
async fn delete_stale_activity(repository: &dyn SessionRepository) -> Infallible {
    let (mut ticks, mut batches, mut from) =
        (ticks(ACTIVITY_SWEEP_INTERVAL), Batches::default(), Uuid::nil());
    loop {
        ticks.tick().await;
        let forgetting = batches.run(async |limit| {
            let next = repository.forget_deleted(from, limit).await?;
            from = next.unwrap_or_default();
            Ok(next.is_some())
        });
        if let Err(error) = forgetting.await {
            tracing::warn!(%error, "failed to delete stale session activity; will retry");
        }
    }
}

/// Work in batches. If a batch takes longer than a call may, the next one is smaller, so that
/// work makes progress on a slow database, too.
struct Batches {
    size: BatchSize,
}

impl Default for Batches {
    fn default() -> Self {
        Self { size: BatchSize::MAX }
    }
}

impl Batches {
    /// Works until a batch reports that it was the last one, or until one fails that cannot be
    /// made smaller.
    async fn run(
        &mut self,
        mut batch: impl AsyncFnMut(BatchSize) -> Result<bool, RepositoryError>,
    ) -> Result<(), RepositoryError> {
        loop {
            match (batch(self.size).await, self.size.halved()) {
                (Ok(more), _) => {
                    self.size = self.size.doubled();
                    if !more {
                        return Ok(());
                    }
                }
                (Err(RepositoryError::Unavailable(_)), Some(smaller)) => self.size = smaller,
                (Err(error), _) => return Err(error),
            }
            sleep(BATCH_PAUSE).await;
        }
    }
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_slow() -> RepositoryError {
        RepositoryError::Unavailable("too slow".into())
    }

    #[tokio::test]
    async fn batches_that_take_too_long_get_smaller_and_larger_again() {
        let (mut batches, mut sizes) = (Batches::default(), Vec::new());
        let run = batches.run(async |limit| {
            sizes.push(limit.get());
            if limit.get() > 300 && sizes.len() < 4 { Err(too_slow()) } else { Ok(sizes.len() < 6) }
        });
        run.await.unwrap();
        assert_eq!(sizes, [1000, 500, 250, 500, 1000, 1000]);
    }

    #[tokio::test]
    async fn who_is_away_is_asked_again_at_the_next_tick_only() {
        let (mut batches, mut asked) = (Batches::default(), 0);
        let run = batches.run(async |_| {
            asked += 1;
            Err(too_slow())
        });
        assert!(run.await.is_err());
        assert_eq!(asked, 7);
    }
}
