//! The membership of a replica: its registration, its looks for changes, and its lease.

use std::collections::HashMap;
use std::time::Duration;

use uuid::Uuid;

use crate::clock::Uptime;
use crate::event::{EventId, EventType};
use crate::repository::{Changed, Look, ReplicaState, RepositoryError};
use crate::service::coherence::peers::{Known, Peers, with_margin};
use crate::service::session_cache::SessionCache;

/// Interval at which a replica increases its beat while there are others.
const BEAT_INTERVAL: Duration = Duration::from_secs(1);
/// The time for which a beat allows answers from memory while there are others.
const BEAT_VALID: Duration = Duration::from_secs(3);
/// The time without a beat after which another replica is removed. By then it has no lease: this is
/// longer than [`BEAT_VALID`] and the longest lease.
const SILENT: Duration = Duration::from_secs(6);

pub(super) struct Membership<'a> {
    peers: &'a Peers,
    cache: &'a SessionCache,
    /// The id and the time of the registration. `None` if this replica is not registered.
    registration: Option<(Uuid, Uptime)>,
    /// Only looks that begin later grant a lease: until then, a replica that has not seen this one
    /// may answer a change without waiting. `None` until the others are known.
    probation_end: Option<Uptime>,
    /// The beginning of the last registration or beat.
    beat: Uptime,
    server: Option<String>,
    /// All changes up to here were noticed.
    position: EventId,
    acknowledged: EventId,
    complete_from: Uptime,
    /// The beats of others, and when each was first seen.
    beats: HashMap<Uuid, (i64, Uptime)>,
}

impl<'a> Membership<'a> {
    pub(super) fn new(peers: &'a Peers, cache: &'a SessionCache) -> Self {
        Self {
            peers,
            cache,
            registration: None,
            probation_end: None,
            beat: Uptime::default(),
            server: None,
            position: EventId::END,
            acknowledged: EventId::BEGINNING,
            complete_from: Uptime::default(),
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
        self.follow(&look, seen);
        let is_member = look.replicas.iter().any(|one| one.id == id);
        let mut others = look.replicas;
        others.retain(|one| one.id != id);
        let has_others = !others.is_empty();
        if is_member {
            // The longest time for which another replica believes to know all others.
            let longest = others.iter().map(|one| with_margin(one.lease)).max();
            let end = registered.plus(longest.unwrap_or_default()).max(self.complete_from);
            self.probation_end.get_or_insert(end);
            self.grant_lease(began, has_others);
        } else {
            self.lose_registration();
        }
        let silent = self.silent(&others, seen);
        let complete_from = self.complete_from;
        self.peers.known.send_replace(Some(Known { began, others, complete_from }));
        if is_member && has_others {
            self.beat(id, began).await?;
        }
        for one in silent {
            self.peers.repository.remove_silent_replica(one.id, one.beat).await?;
        }
        Ok(())
    }

    async fn register(&mut self) -> Result<(Uuid, Uptime), RepositoryError> {
        let id = Uuid::new_v4();
        self.peers.set_member(id);
        let began = Uptime::now();
        self.peers.repository.register_replica(id, self.peers.lease).await?;
        let registration = (id, Uptime::now());
        self.registration = Some(registration);
        self.probation_end = None;
        self.beat = began;
        self.acknowledged = EventId::BEGINNING;
        Ok(registration)
    }

    fn lose_registration(&mut self) {
        self.registration = None;
        self.cache.end_lease();
    }

    /// Notices all changes of a look.
    fn follow(&mut self, look: &Look, seen: Uptime) {
        let is_same = self.server.as_ref() == Some(&look.server) && self.position <= look.head;
        if !is_same {
            // The first look, or a failover. Changes may be lost, and also registrations, so that
            // each replica is on probation again, and waits for those that it may not see.
            let is_first = self.server.is_none();
            let probation_end = seen.plus(with_margin(self.peers.lease));
            if !is_first {
                self.cache.end_lease();
                self.probation_end = Some(probation_end);
                self.complete_from = probation_end;
            }
            self.server = Some(look.server.clone());
        }
        // Without its predecessors, the log does not tell of all changes.
        if !is_same || !look.is_complete || self.position < look.pruned {
            self.cache.notice_all();
        } else {
            for changed in &look.changes {
                self.notice(changed);
            }
        }
        self.position = look.head;
    }

    fn notice(&self, changed: &Changed) {
        match (changed.event_type, changed.session) {
            // No entry depends on whether there is another session.
            (Some(EventType::SessionIssued), _) => {}
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
        let end = if has_others { lease.min(self.beat.plus(BEAT_VALID)) } else { lease };
        if self.probation_end.is_some_and(|probation_end| began >= probation_end) {
            self.cache.grant_lease(end);
        }
    }

    /// Tells the others that this replica runs, and which changes it has noticed.
    async fn beat(&mut self, id: Uuid, looked: Uptime) -> Result<(), RepositoryError> {
        let began = Uptime::now();
        if self.position == self.acknowledged && began.since(self.beat) < BEAT_INTERVAL {
            return Ok(());
        }
        if self.peers.repository.renew_replica(id, self.position).await? {
            self.beat = began;
            self.acknowledged = self.position;
            self.grant_lease(looked, true);
        } else {
            self.lose_registration();
        }
        Ok(())
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
