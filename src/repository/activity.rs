//! When sessions were last used: the verbs on a table that is always our own.

use std::collections::HashMap;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::repository::{Answer, BatchSize};

/// The verbs on when sessions were last used. None of them is called where
/// `activity.enabled` says no: then there may be no such table.
pub trait ActivityLog {
    /// Notes that sessions, at most [`crate::repository::BATCH_SIZE`], were used at `at`, a whole
    /// second; gives how many of them this was written for. Not written again is a
    /// time that stands there already or is older than that, unless what stands
    /// there is a day in the future, as a clock was wrong; and of sessions that
    /// are not there nothing is.
    fn note_activity<'a>(&'a self, sessions: &'a [Uuid], at: OffsetDateTime) -> Answer<'a, u64>;

    /// When these sessions, at most [`crate::repository::BATCH_SIZE`], were last used, as far as
    /// that was noted.
    fn last_activity<'a>(
        &'a self,
        sessions: &'a [Uuid],
    ) -> Answer<'a, HashMap<Uuid, OffsetDateTime>>;

    /// Deletes what was noted of sessions that are not there any more; looks at `limit`
    /// rows after `from` in the order of their ids. Gives where to go on; `None` after
    /// the last one.
    fn forget_deleted(&self, from: Uuid, limit: BatchSize) -> Answer<'_, Option<Uuid>>;
}
