//! The log of events: operations on a table that is always the service's own.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, EventId, EventType};
use crate::repository::administration::BatchSize;
use crate::repository::error::Answer;

/// The two ends of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogState {
    /// The last event.
    pub head: EventId,
    /// The last event that was pruned. Reading begins after it.
    pub pruned: EventId,
    /// True if there are events that have no position yet.
    pub has_unsequenced: bool,
}

/// Selects the events of a reader.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Empty selects all types that this program knows.
    pub types: Vec<EventType>,
    pub identity: Option<Uuid>,
}

/// Operations on events. Nothing is written if events are off, and then none of the others is
/// called, because the tables may not exist.
///
/// A change adds its events without a position. A replica then assigns positions, so that each event
/// that becomes visible to readers comes after all that they could see before: a reader who
/// continues after the last position that it has seen skips nothing.
pub trait EventLog {
    fn event_log(&self) -> Answer<'_, LogState>;

    /// Assigns positions to events that have none. Returns true if there may be more.
    fn sequence_events(&self) -> Answer<'_, bool>;

    /// At most `limit` events after a position and until another one, in order.
    fn events<'a>(
        &'a self,
        after: EventId,
        until: EventId,
        filter: &'a EventFilter,
        limit: BatchSize,
    ) -> Answer<'a, Vec<Event>>;

    /// Deletes events that occurred before `before`, oldest first, but none after `until`. Returns
    /// true if there may be more.
    fn prune_events(
        &self,
        before: OffsetDateTime,
        until: EventId,
        limit: BatchSize,
    ) -> Answer<'_, bool>;
}
