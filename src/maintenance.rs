//! What is done in the background. Harmless if stopped anywhere, or done by
//! several copies at once, as long as their clocks agree.

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

/// How often expired sessions are marked.
const SWEEP_INTERVAL: Duration = Duration::from_mins(1);
/// How often it is looked for what was noted of sessions that were deleted since.
const DAILY: Duration = Duration::from_hours(24);
/// Between two batches, so that the requests of others get their turn.
const BATCH_PAUSE: Duration = Duration::from_millis(50);

/// Does what these settings ask for, and nothing in a Kratos's database unless
/// they do. Nothing at all where nothing may be written.
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
            Some(every) => prune_again_and_again(repository, config, clock, metrics, every).await,
            None => future::pending().await,
        }
    };
    let forget = async {
        if config.notes_activity() {
            forget_again_and_again(repository).await
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

/// Once a minute marks expired sessions as ended, so that lists pass over them
/// as they pass over revoked ones: without a look at each.
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
            tracing::warn!(%error, "expired sessions could not be marked; in a minute again");
        }
    }
}

async fn prune_again_and_again(
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
        // Also those of a run that fails half-way.
        let mut counted = 0;
        let count = |deleted| {
            metrics.sessions("pruned", deleted - counted);
            counted = deleted;
        };
        match pruning.run(repository, before, false, count).await {
            Ok(0) => {}
            // The start has warned of it.
            Err(RepositoryError::NotAllowed(_)) => return future::pending().await,
            Ok(deleted) => tracing::info!(deleted, "sessions that ended long ago were deleted"),
            Err(error) => {
                tracing::warn!(%error, "ended sessions could not be deleted; later again");
            }
        }
    }
}

/// Deletes the sessions that ended before `before`, batch by batch with pauses,
/// or counts them only; tells after each batch how many those are by then.
pub async fn prune(
    repository: &dyn SessionRepository,
    before: OffsetDateTime,
    dry_run: bool,
    progress: impl FnMut(u64),
) -> Result<u64, RepositoryError> {
    Pruning::default().run(repository, before, dry_run, progress).await
}

/// A walk along all sessions. One that fails continues where it stopped.
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

async fn forget_again_and_again(repository: &dyn SessionRepository) -> Infallible {
    let (mut ticks, mut batches, mut from) = (ticks(DAILY), Batches::default(), Uuid::nil());
    loop {
        ticks.tick().await;
        // What was noted of sessions that are not there any more.
        let forgetting = batches.run(async |limit| {
            let next = repository.forget_deleted(from, limit).await?;
            from = next.unwrap_or_default();
            Ok(next.is_some())
        });
        if let Err(error) = forgetting.await {
            tracing::warn!(%error, "what was noted of deleted sessions could not be deleted; later again");
        }
    }
}

/// Work in batches, which are made smaller where one takes longer than a call may: a
/// database that is slow is no reason to never get anywhere.
struct Batches {
    size: BatchSize,
}

impl Default for Batches {
    fn default() -> Self {
        Self { size: BatchSize::MAX }
    }
}

impl Batches {
    /// Works until a batch says that it was the last one, or none is small enough.
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
