//! The membership of a replica: its registration, its looks for changes, and its lease.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::clock::Uptime;
use crate::event::{EventId, EventType};
use crate::repository::{Changed, Look, Renewal, ReplicaState, RepositoryError};
use crate::service::coherence::peers::{Known, Peers};
use crate::service::session_cache::SessionCache;

/// Interval of beats while there are other replicas.
const BEAT_INTERVAL: Duration = Duration::from_secs(1);
/// The time for which a beat allows answers from memory while there are others.
const BEAT_VALID: Duration = Duration::from_secs(3);
/// The time without a beat after which another replica is removed. By then it has no lease: this is
/// longer than [`BEAT_VALID`] and the longest lease together, by more than clocks differ.
const SILENT: Duration = Duration::from_secs(6);

pub(super) struct Membership<'a> {
    peers: &'a Peers,
    cache: &'a SessionCache,
    /// The id and the time of the registration. `None` if this replica is not registered.
    registration: Option<(Uuid, Uptime)>,
    /// Only looks that begin later grant a lease: until then, a replica that has not seen this one
    /// may answer a change without waiting. `None` until the others are known.
    probation_end: Option<Uptime>,
    /// The beginning of the last beat on this server.
    beat: Option<Uptime>,
    /// All changes up to here were noticed, and those of these rows, which had no position.
    position: EventId,
    rows: HashSet<i64>,
    acknowledged: EventId,
    /// A beat that is being written. Looks go on meanwhile, because a commit may take long.
    writing: Option<Writing>,
    /// The beats of others, and when each was first seen.
    beats: HashMap<Uuid, (i64, Uptime)>,
}

/// A beat on its way to the database.
struct Writing {
    began: Uptime,
    acknowledged: EventId,
    server: String,
    is_registered: JoinHandle<Result<bool, RepositoryError>>,
}

impl<'a> Membership<'a> {
    pub(super) fn new(peers: &'a Peers, cache: &'a SessionCache) -> Self {
        Self {
            peers,
            cache,
            registration: None,
            probation_end: None,
            beat: None,
            position: EventId::END,
            rows: HashSet::new(),
            acknowledged: EventId::BEGINNING,
            writing: None,
            beats: HashMap::new(),
        }
    }

    /// Looks for changes once, and renews the lease.
    pub(super) async fn turn(&mut self) -> Result<(), RepositoryError> {
        let (id, registered) = match self.registration {
            Some(registration) => registration,
            None => self.register().await?,
        };
        let began = Uptime::now();
        let look = self.peers.repository.look(self.position).await?;
        let seen = Uptime::now();
        self.peers.metrics.cache_look(seen.since(began));
        self.follow(&look, seen);
        let is_member = look.replicas.iter().any(|one| one.id == id);
        let mut others = look.replicas;
        others.retain(|one| one.id != id);
        let has_others = !others.is_empty();
        if is_member {
            // The longest time for which another replica believes to know all others. One that is
            // about to leave may have no row any more.
            let probation = registered.plus(self.peers.longest_lease(&others));
            self.probation_end.get_or_insert(probation.max(self.peers.complete_from()));
            self.grant_lease(began, has_others);
        } else {
            self.lose_registration();
        }
        let silent = self.silent(&others, seen);
        let complete_from = self.peers.complete_from();
        self.peers.known.send_replace(Some(Known { began, others, complete_from }));
        if is_member && has_others {
            self.beat(id, look.server, began).await;
        }
        self.remove(silent);
        Ok(())
    }

    async fn register(&mut self) -> Result<(Uuid, Uptime), RepositoryError> {
        let id = Uuid::new_v4();
        self.peers.set_member(id);
        self.peers.repository.register_replica(id, self.peers.lease, new_beat()).await?;
        let registration = (id, Uptime::now());
        self.registration = Some(registration);
        self.probation_end = None;
        self.beat = None;
        self.writing = None;
        self.acknowledged = EventId::BEGINNING;
        Ok(registration)
    }

    fn lose_registration(&mut self) {
        self.registration = None;
        self.cache.end_lease();
    }

    /// Notices all changes of a look.
    fn follow(&mut self, look: &Look, seen: Uptime) {
        // A log that has become shorter has lost changes.
        let is_first = self.position == EventId::END;
        let lost = !is_first && self.position > look.head;
        let is_new = self.peers.meet(look, lost, seen);
        if is_new && !is_first {
            // A failover: registrations may be lost, so that each replica is on probation again.
            self.cache.end_lease();
            self.probation_end = Some(self.peers.complete_from());
            self.beat = None;
            self.writing = None;
        }
        let known = std::mem::take(&mut self.rows);
        // Without its predecessors, the log does not tell of all changes.
        if is_first || is_new || !look.is_complete || self.position < look.pruned {
            self.cache.notice_all();
        } else {
            let new = look.changes.iter().filter(|changed| !known.contains(&changed.row));
            new.for_each(|changed| self.notice(changed));
        }
        let without_position = look.changes.iter().filter(|changed| !changed.has_position);
        self.rows = without_position.map(|changed| changed.row).collect();
        self.position = look.head;
    }

    fn notice(&self, changed: &Changed) {
        match (changed.event_type, changed.session) {
            // No entry depends on whether there is another session, or was refused.
            (Some(EventType::SessionIssued | EventType::SessionBindingRefused), _) => return,
            (Some(_), Some(session)) => self.cache.notice(session),
            (Some(_), None) => self.cache.notice(changed.identity),
            (None, session) => {
                session.into_iter().chain([changed.identity]).for_each(|id| self.cache.notice(id));
            }
        }
        self.peers.metrics.cache_invalidated();
    }

    /// Grants a lease from the beginning of a look.
    fn grant_lease(&self, began: Uptime, has_others: bool) {
        let lease = began.plus(self.peers.lease);
        let end = match self.beat {
            _ if !has_others => lease,
            Some(beat) => lease.min(beat.plus(BEAT_VALID)),
            None => return,
        };
        if self.probation_end.is_some_and(|probation_end| began >= probation_end) {
            self.cache.grant_lease(end);
        }
    }

    /// Tells the others that this replica runs, and which changes it has noticed.
    async fn beat(&mut self, replica: Uuid, server: String, looked: Uptime) {
        if let Some(writing) = self.writing.take_if(|one| one.is_registered.is_finished()) {
            match writing.is_registered.await {
                Ok(Ok(true)) if writing.server == server => {
                    self.beat = Some(writing.began);
                    self.acknowledged = writing.acknowledged;
                    self.grant_lease(looked, true);
                }
                Ok(Ok(_)) => return self.lose_registration(),
                Ok(Err(error)) => tracing::debug!(%error, "failed to write a beat; will retry"),
                Err(_) => {}
            }
        }
        let began = Uptime::now();
        let is_recent = self.beat.is_some_and(|beat| began.since(beat) < BEAT_INTERVAL);
        let is_due = !is_recent || self.position != self.acknowledged;
        if is_due && self.writing.is_none() {
            let (repository, acknowledged) = (Arc::clone(&self.peers.repository), self.position);
            let to = server.clone();
            let is_registered = tokio::spawn(async move {
                let renewal = Renewal { replica, beat: new_beat(), acknowledged, server: &to };
                repository.renew_replica(renewal).await
            });
            self.writing = Some(Writing { began, acknowledged, server, is_registered });
        }
    }

    /// Removes replicas that are silent. If that fails, the next look finds them again.
    fn remove(&self, silent: Vec<ReplicaState>) {
        for one in silent {
            let repository = Arc::clone(&self.peers.repository);
            tokio::spawn(async move {
                let removed = repository.remove_silent_replica(one.id, one.beat).await;
                if let Err(error) = removed {
                    tracing::debug!(%error, "failed to remove a silent replica; will retry");
                }
            });
        }
    }

    /// The replicas whose beats have stayed the same for too long.
    fn silent(&mut self, others: &[ReplicaState], seen: Uptime) -> Vec<ReplicaState> {
        self.beats.retain(|id, _| others.iter().any(|one| one.id == *id));
        let mut silent = Vec::new();
        for one in others {
            let (beat, since) = self.beats.entry(one.id).or_insert((one.beat, seen));
            if *beat != one.beat {
                (*beat, *since) = (one.beat, seen);
            } else if seen.since(*since) >= SILENT {
                silent.push(*one);
            }
        }
        silent
    }
}

/// A beat that was never there before: one that came back could be taken for an old one.
fn new_beat() -> i64 {
    rand::random_range(0..i64::MAX)
}
