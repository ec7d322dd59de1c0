//! Background work: marks expired sessions, prunes ended ones and old events, deletes stale
//! activity, and looks for migrations of Kratos.
//!
//! It may be stopped at any point, and may run on several replicas at once, as long as their
//! clocks agree.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::future;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::clock::Clock;
use crate::config::{Config, Schema};
use crate::repository::RepositoryError;
use crate::service::{ActivityWalk, ExpiryWalk, PruneWalk, SessionService};

/// Interval at which expired sessions are marked.
const EXPIRY_INTERVAL: Duration = Duration::from_mins(1);
/// Interval at which old events are deleted.
const EVENT_PRUNING_INTERVAL: Duration = Duration::from_mins(1);
/// Interval at which the activity of deleted sessions is deleted.
const STALE_ACTIVITY_INTERVAL: Duration = Duration::from_hours(24);

/// Interval at which the service may look for a migration of Kratos. It rarely has to.
const MIGRATION_INTERVAL: Duration = Duration::from_secs(1);

/// Runs the background work that these settings ask for. A Kratos's database is changed only if
/// they ask for it explicitly, and nothing is changed if the database is read-only.
pub async fn run(service: &SessionService, config: &Config, clock: &Clock) -> Infallible {
    if config.database.read_only {
        return look_for_migrations(service).await;
    }
    let mark_expired = async {
        match config.database.schema {
            Schema::Own => mark_expired(service, clock).await,
            Schema::Kratos => future::pending().await,
        }
    };
    let prune = async {
        match config.prune_interval() {
            Some(every) => prune(service, config, clock, every).await,
            None => future::pending().await,
        }
    };
    let prune_events = async {
        if config.has_events() {
            prune_events(service, config, clock).await
        } else {
            future::pending().await
        }
    };
    let delete_stale_activity = async {
        if config.notes_activity() {
            delete_stale_activity(service).await
        } else {
            future::pending().await
        }
    };
    tokio::select! {
        never = mark_expired => never,
        never = prune => never,
        never = prune_events => never,
        never = delete_stale_activity => never,
        never = look_for_migrations(service) => never,
    }
}

async fn mark_expired(service: &SessionService, clock: &Clock) -> Infallible {
    let (mut ticks, mut walk) = (ticks(EXPIRY_INTERVAL), ExpiryWalk::default());
    loop {
        ticks.tick().await;
        if let Err(error) = service.mark_expired(&mut walk, clock).await {
            tracing::warn!(%error, "failed to mark expired sessions; will retry in a minute");
        }
    }
}

async fn prune(
    service: &SessionService,
    config: &Config,
    clock: &Clock,
    every: Duration,
) -> Infallible {
    let (mut ticks, mut walk) = (ticks(every), PruneWalk::default());
    loop {
        ticks.tick().await;
        let now = clock.now();
        let before = now - config.session.retention;
        match service.prune(&mut walk, before, now, false, |_| ()).await {
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

async fn prune_events(service: &SessionService, config: &Config, clock: &Clock) -> Infallible {
    let mut ticks = ticks(EVENT_PRUNING_INTERVAL);
    loop {
        ticks.tick().await;
        if let Err(error) = service.prune_events(clock.now() - config.events.retention).await {
            tracing::warn!(%error, "failed to prune events; will retry in a minute");
        }
    }
}

async fn delete_stale_activity(service: &SessionService) -> Infallible {
    let (mut ticks, mut walk) = (ticks(STALE_ACTIVITY_INTERVAL), ActivityWalk::default());
    loop {
        ticks.tick().await;
        if let Err(error) = service.delete_stale_activity(&mut walk).await {
            tracing::warn!(%error, "failed to delete stale session activity; will retry");
        }
    }
}

async fn look_for_migrations(service: &SessionService) -> Infallible {
    let mut ticks = ticks(MIGRATION_INTERVAL);
    loop {
        ticks.tick().await;
        if let Err(error) = service.look_for_migration().await {
            tracing::debug!(%error, "failed to look for a migration of Kratos; will retry");
        }
    }
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
