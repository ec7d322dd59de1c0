//! The other replicas, as this one knows them, and its own place among them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use uuid::Uuid;

use crate::clock::Uptime;
use crate::event::EventId;
use crate::metrics::Metrics;
use crate::repository::{ReplicaState, SessionRepository};

/// Other replicas, as of one look.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub began: Uptime,
    pub others: Vec<ReplicaState>,
    /// Changes are not answered before. After a failover, a replica may be missing.
    pub complete_from: Uptime,
}

/// The knowledge that the looks of this replica share with its changes.
pub(super) struct Peers {
    pub repository: Arc<dyn SessionRepository>,
    pub metrics: Arc<Metrics>,
    /// The lease of this replica, which is also the time for which it believes to know all others.
    pub lease: Duration,
    pub known: watch::Sender<Option<Known>>,
    /// The registration of this replica.
    member: Mutex<Option<Uuid>>,
}

/// A lease as others have to count it, whose clocks may be faster by a hundredth.
pub(super) fn with_margin(lease: Duration) -> Duration {
    lease + lease / 100 + Duration::from_millis(1)
}

impl Known {
    /// Returns whether a replica has noticed all changes up to a position. One that has left the
    /// registry has no lease, unless a failover has removed it.
    pub(super) fn has_noticed(&self, replica: Uuid, position: EventId, now: Uptime) -> bool {
        match self.others.iter().find(|one| one.id == replica) {
            Some(state) => state.acknowledged >= position,
            None => now >= self.complete_from,
        }
    }
}

impl Peers {
    pub(super) fn new(
        lease: Duration,
        repository: Arc<dyn SessionRepository>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let known = watch::Sender::new(None);
        Self { repository, metrics, lease, known, member: Mutex::default() }
    }

    pub(super) fn set_member(&self, member: Uuid) {
        *self.member.lock().unwrap_or_else(PoisonError::into_inner) = Some(member);
    }

    /// Removes this replica from the registry.
    pub(super) async fn leave(&self) {
        let member = self.member.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(member) = member
            && let Err(error) = self.repository.remove_replica(member).await
        {
            tracing::debug!(%error, "failed to leave the registry of replicas; others will notice");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_has_noticed_what_it_acknowledges_and_is_not_awaited_once_it_has_left() {
        let position = |number| EventId::new(number).unwrap();
        let replica = ReplicaState {
            id: Uuid::from_u128(1),
            beat: 0,
            acknowledged: position(7),
            lease: Duration::from_millis(250),
        };
        let now = Uptime::from_nanoseconds(5);
        let here = Known { others: vec![replica], ..Known::default() };
        assert!(here.has_noticed(replica.id, position(7), now));
        assert!(!here.has_noticed(replica.id, position(8), now));
        assert!(Known::default().has_noticed(replica.id, position(8), now));
        let failed_over = Known { complete_from: Uptime::from_nanoseconds(6), ..Known::default() };
        assert!(!failed_over.has_noticed(replica.id, position(8), now));
    }
}
