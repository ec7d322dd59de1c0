//! Session activity: operations on a table that is always the service's own.

use std::collections::HashMap;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::repository::administration::BatchSize;
use crate::repository::error::Answer;

/// Operations on the times at which sessions were last used. None of them is called if activity
/// is disabled (`activity.enabled`), because the table may not exist then.
pub trait ActivityLog {
    /// Records that sessions, at most [`crate::repository::BATCH_SIZE`], were used at `at`, a
    /// whole second. Returns the number of sessions for which this was written.
    ///
    /// A time is written only if it is later than the stored one, or if the stored one is a day
    /// in the future because a clock was wrong. Nothing is written for sessions that do not
    /// exist.
    fn note_activity<'a>(&'a self, sessions: &'a [Uuid], at: OffsetDateTime) -> Answer<'a, u64>;

    /// Lets these sessions, at most [`crate::repository::BATCH_SIZE`], expire at `until`, but not
    /// later than they end in any case, nor earlier than they would otherwise if they have to be
    /// used already. Sessions that had expired at `used` stay so. For the service's own tables only.
    fn defer_idle_end<'a>(
        &'a self,
        sessions: &'a [Uuid],
        used: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Answer<'a, ()>;

    /// The times at which these sessions, at most [`crate::repository::BATCH_SIZE`], were last
    /// used, as far as they were recorded.
    fn last_activity<'a>(
        &'a self,
        sessions: &'a [Uuid],
    ) -> Answer<'a, HashMap<Uuid, OffsetDateTime>>;

    /// Deletes the activity of sessions that no longer exist. Looks at `limit` rows after
    /// `from`, in the order of their ids. Returns where to continue, and `None` after the last
    /// row.
    fn forget_deleted(&self, from: Uuid, limit: BatchSize) -> Answer<'_, Option<Uuid>>;
}
