//! An event, as readers get it.

use std::net::IpAddr;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::actor::ActorKind;
use crate::event::id::EventId;
use crate::event::kind::{Cause, EventType};
use crate::session::AssuranceLevel;

/// A change that has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    pub event_type: EventType,
    /// The time of the change, by the clock of the replica that made it.
    pub at: OffsetDateTime,
    pub identity: Uuid,
    /// `None` for events of an identity.
    pub session: Option<Uuid>,
    /// The reason why a session has ended, or why its use was refused. `None` if it has not, or if it
    /// had ended before.
    pub cause: Option<Cause>,
    pub actor: EventActor,
    /// The expiry of the session after the change.
    pub expires_at: Option<OffsetDateTime>,
    /// The assurance level of the session after the change, and before. `None` if it is the same.
    pub level: Option<AssuranceLevel>,
    pub previous_level: Option<AssuranceLevel>,
    /// The client of a binding, or of one that was refused, as it calls itself.
    pub user_agent: Option<String>,
}

/// The author of a change, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventActor {
    pub kind: ActorKind,
    /// The session that a person used.
    pub session: Option<Uuid>,
    pub address: Option<IpAddr>,
}
