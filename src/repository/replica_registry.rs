//! The replicas that answer from memory: operations on a table that is always the service's own.

use std::time::Duration;

use uuid::Uuid;

use crate::event::{EventId, EventType};
use crate::repository::error::Answer;

/// The database as of one moment, as far as it concerns answers from memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The server that answered. Another one after a failover, which may have lost changes.
    pub server: String,
    /// The position of the last event.
    pub head: EventId,
    /// The position of the last event that was pruned.
    pub pruned: EventId,
    /// The changes after the position that was asked for, and those without a position.
    pub changes: Vec<Changed>,
    /// False if there are more changes than one statement reads, or changes that cannot be read.
    pub is_complete: bool,
    pub replicas: Vec<ReplicaState>,
}

/// The subject of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// The id of the row, which an event has before it has a position.
    pub row: i64,
    pub has_position: bool,
    /// `None` if the type is not known to this program.
    pub event_type: Option<EventType>,
    /// `None` if the identity itself has changed.
    pub session: Option<Uuid>,
    pub identity: Uuid,
}

/// A replica that answers from memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaState {
    pub id: Uuid,
    /// A random number, another one again and again while the replica runs and there are others.
    pub beat: i64,
    /// The position up to which the replica has noticed changes.
    pub acknowledged: EventId,
    /// The time for which it answers from memory after it began to look for changes.
    pub lease: Duration,
}

/// A sign of life.
#[derive(Debug, Clone, Copy)]
pub struct Renewal<'a> {
    pub replica: Uuid,
    /// A random number. One that came back could be taken for an old one.
    pub beat: i64,
    /// The position up to which the replica has noticed changes, on this server.
    pub acknowledged: EventId,
    pub server: &'a str,
}

/// Operations on replicas. None is called if there is no log of events.
pub trait ReplicaRegistry {
    /// Reads the changes after a position, and all replicas. Everything that was committed before the
    /// call is in it.
    fn look(&self, after: EventId) -> Answer<'_, Look>;

    /// Adds a replica.
    fn register_replica(&self, replica: Uuid, lease: Duration, beat: i64) -> Answer<'_, ()>;

    /// Notes that a replica runs, and up to which position it has noticed changes. Returns false if it
    /// is not registered, or if this is another server.
    fn renew_replica<'a>(&'a self, renewal: Renewal<'a>) -> Answer<'a, bool>;

    /// Removes a replica that no longer answers from memory.
    fn remove_replica(&self, replica: Uuid) -> Answer<'_, ()>;

    /// Removes a replica if this is still its beat.
    fn remove_silent_replica(&self, replica: Uuid, beat: i64) -> Answer<'_, ()>;
}
