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
use crate::repository::{RepositoryError, SessionRepository};

/// How often expired sessions are marked.
const EVERY: Duration = Duration::from_mins(1);
/// How often it is looked for what was noted of sessions that were deleted since.
const DAILY: Duration = Duration::from_hours(24);
/// Between two batches, so that the requests of others get their turn.
const PAUSE: Duration = Duration::from_millis(50);

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
        match config.prune_every() {
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
    let mut minutes = ticks(EVERY);
    loop {
        minutes.tick().await;
        loop {
            match repository.end_expired(clock.now()).await {
                Ok(expired) => {
                    metrics.sessions("expired", expired.count as u64);
                    if !expired.more {
                        break;
                    }
                    sleep(PAUSE).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "expired sessions could not be marked; in a minute again");
                    break;
                }
            }
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
    let mut ticks = ticks(every);
    loop {
        ticks.tick().await;
        let before = clock.now() - config.session.keep_ended;
        // Also those of a run that fails half-way.
        let mut counted = 0;
        let count = |deleted| {
            metrics.sessions("pruned", deleted - counted);
            counted = deleted;
        };
        match prune(repository, before, false, count).await {
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
    mut progress: impl FnMut(u64),
) -> Result<u64, RepositoryError> {
    let (mut deleted, mut from) = (0, None);
    loop {
        let batch = repository.prune(before, from, dry_run).await?;
        deleted += batch.deleted;
        progress(deleted);
        match batch.next {
            None => return Ok(deleted),
            next => from = next,
        }
        sleep(PAUSE).await;
    }
}

async fn forget_again_and_again(repository: &dyn SessionRepository) -> Infallible {
    let mut ticks = ticks(DAILY);
    loop {
        ticks.tick().await;
        if let Err(error) = forget_deleted(repository).await {
            tracing::warn!(%error, "what was noted of deleted sessions could not be deleted; later again");
        }
    }
}

/// Deletes what was noted of sessions that are not there any more, batch by batch.
async fn forget_deleted(repository: &dyn SessionRepository) -> Result<(), RepositoryError> {
    let mut from = Uuid::nil();
    while let Some(next) = repository.forget_deleted(from).await? {
        from = next;
        sleep(PAUSE).await;
    }
    Ok(())
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
