//! Walks along all sessions, in batches: mark expired ones, prune ended ones, and delete the
//! activity of deleted ones.
//!
//! A walk may be stopped at any point, and several replicas may walk at once.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::clock::Clock;
use crate::event::Change;
use crate::pagination::Position;
use crate::repository::RepositoryError;
use crate::service::batches::Batches;
use crate::service::session_service::SessionService;

/// The marking of expired sessions.
#[derive(Debug, Default)]
pub struct ExpiryWalk {
    batches: Batches,
}

/// The pruning of ended sessions. After a failure, it continues where it stopped.
#[derive(Debug, Default)]
pub struct PruneWalk {
    from: Option<Position>,
    batches: Batches,
}

/// The deletion of stale activity. After a failure, it continues where it stopped.
#[derive(Debug, Default)]
pub struct ActivityWalk {
    from: Uuid,
    batches: Batches,
}

impl SessionService {
    /// Marks sessions that have expired as ended, so that lists skip them like revoked ones,
    /// without a look at each.
    pub async fn mark_expired(
        &self,
        walk: &mut ExpiryWalk,
        clock: &Clock,
    ) -> Result<(), RepositoryError> {
        walk.batches
            .run(async |limit| {
                let change = Change::expire(clock.now());
                let expired = self.repository.end_expired(&change, limit).await?;
                self.record(&change, &expired.sessions);
                Ok(expired.more)
            })
            .await
    }

    /// Deletes the sessions that ended before `before`, and returns their number. With
    /// `dry_run`, it only counts them. After each batch, `progress` gets the number so far.
    pub async fn prune(
        &self,
        walk: &mut PruneWalk,
        before: OffsetDateTime,
        now: OffsetDateTime,
        dry_run: bool,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, RepositoryError> {
        let change = Change::prune(now);
        let PruneWalk { from, batches } = walk;
        let mut count = 0;
        let pruning = batches.run(async |limit| {
            let pruned = self.repository.prune(before, *from, limit, &change, dry_run).await?;
            if !dry_run {
                self.record(&change, &pruned.sessions);
            }
            count += pruned.sessions.len() as u64;
            progress(count);
            *from = pruned.next;
            Ok(from.is_some())
        });
        pruning.await?;
        Ok(count)
    }

    /// Deletes the activity of sessions that no longer exist.
    pub async fn delete_stale_activity(
        &self,
        walk: &mut ActivityWalk,
    ) -> Result<(), RepositoryError> {
        let ActivityWalk { from, batches } = walk;
        batches
            .run(async |limit| {
                let next = self.repository.forget_deleted(*from, limit).await?;
                *from = next.unwrap_or_default();
                Ok(next.is_some())
            })
            .await
    }
}
