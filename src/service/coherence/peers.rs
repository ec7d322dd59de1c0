//! The other replicas, as this one knows them, and its own place among them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use uuid::Uuid;

use crate::clock::Uptime;
use crate::event::EventId;
use crate::metrics::Metrics;
use crate::repository::{Look, ReplicaState, SessionRepository};

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
    server: Mutex<Server>,
}

/// The server that has answered last.
#[derive(Debug, Clone, Default)]
struct Server {
    name: Option<String>,
    complete_from: Uptime,
}

/// A lease as others have to count it, whose clocks may be faster by a hundredth.
pub(super) fn with_margin(lease: Duration) -> Duration {
    lease + lease / 100 + Duration::from_millis(1)
}

impl Known {
    /// Returns whether a replica has noticed all changes up to a position. One that has left may have
    /// been removed by a failover.
    pub(super) fn has_noticed(&self, replica: Uuid, position: EventId, now: Uptime) -> bool {
        let state = self.others.iter().find(|one| one.id == replica);
        now >= self.complete_from && state.is_some_and(|one| one.acknowledged >= position)
    }
}

impl Peers {
    pub(super) fn new(
        lease: Duration,
        repository: Arc<dyn SessionRepository>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let known = watch::Sender::new(None);
        let (member, server) = (Mutex::default(), Mutex::default());
        Self { repository, metrics, lease, known, member, server }
    }

    /// The longest lease of a replica, as this one has to count it.
    pub(super) fn longest_lease(&self, others: &[ReplicaState]) -> Duration {
        let leases = others.iter().map(|one| one.lease);
        with_margin(leases.chain([self.lease]).max().unwrap_or_default())
    }

    /// Notes which server has answered, and returns whether it is another one than before. A failover
    /// may have lost registrations, so that changes wait for a lease from then on. The first server
    /// may be one after a failover, too. (SQLite has no servers.)
    pub(super) fn meet(&self, look: &Look, lost: bool, seen: Uptime) -> bool {
        let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = server.name.as_ref() == Some(&look.server) && !lost;
        if !is_same {
            server.name = Some(look.server.clone());
            if !look.server.is_empty() || lost {
                server.complete_from = seen.plus(self.longest_lease(&look.replicas));
            }
        }
        !is_same
    }

    pub(super) fn complete_from(&self) -> Uptime {
        self.server.lock().unwrap_or_else(PoisonError::into_inner).complete_from
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
    fn a_replica_has_noticed_what_it_acknowledges_unless_a_failover_may_have_hidden_others() {
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
        assert!(!Known::default().has_noticed(replica.id, position(7), now));
        let failed_over = Known { complete_from: Uptime::from_nanoseconds(6), ..here };
        assert!(!failed_over.has_noticed(replica.id, position(7), now));
    }
}
