//! Session activity: when each session was last used.
//!
//! The table is always the service's own, even beside a Kratos.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::database::statements::in_list;
use crate::database::statements::in_list::Texts;
use crate::repository::BatchSize;

/// A time further ahead than this was stored by a wrong clock, because no correct clock is so
/// far behind. It is overwritten.
const MAX_CLOCK_SKEW: Duration = Duration::days(1);

static RENEW: Texts = Texts::new(|| {
    in_list::lengths(4, |ids| {
        format!(
            "
UPDATE elsewhere_activity
SET last_active_at = $1
WHERE (last_active_at < $2 OR last_active_at > $3) AND session_id IN ({ids})"
        )
    })
});

/// For sessions that are known to have no row. The statement does not check this itself: a
/// Kratos's ids may have another character set than ours, so MariaDB would search the whole
/// table for each id.
static ADD: Texts = Texts::new(|| {
    in_list::lengths(2, |ids| {
        format!(
            "
INSERT INTO elsewhere_activity (session_id, last_active_at)
SELECT s.id, $1
FROM sessions s
WHERE s.id IN ({ids})"
        )
    })
});

static READ: Texts = Texts::new(|| {
    in_list::lengths(1, |ids| {
        format!(
            "
SELECT a.session_id, a.last_active_at
FROM elsewhere_activity a
WHERE a.session_id IN ({ids})"
        )
    })
});

/// Each id, and the id of its session, which is null if the session no longer exists. This is
/// not a join, because PostgreSQL may read all sessions for one.
const WALK: &str = "
SELECT a.session_id, (SELECT s.id FROM sessions s WHERE s.id = a.session_id)
FROM elsewhere_activity a
WHERE a.session_id > $1
ORDER BY a.session_id
LIMIT $2";

/// Deletes only rows of sessions that do not exist now, whatever was read before. The check
/// is a scalar subquery, because planners turn `NOT EXISTS` into a join with all sessions.
static DELETE: Texts = Texts::new(|| {
    in_list::lengths(1, |ids| {
        format!(
            "
DELETE FROM elsewhere_activity
WHERE session_id IN ({ids})
  AND (SELECT s.id FROM sessions s WHERE s.id = elsewhere_activity.session_id) IS NULL"
        )
    })
});

/// Updates the rows of sessions that have one.
pub(in crate::database) fn renew(sessions: &[Uuid], at: OffsetDateTime) -> Statement<'static> {
    let times = [
        Argument::Time(at),
        Argument::EarliestForm(at),
        Argument::LatestForm(at.saturating_add(MAX_CLOCK_SKEW)),
    ];
    let arguments = times.into_iter().chain(in_list::arguments(sessions)).collect();
    Statement { text: RENEW.fitting(sessions), columns: 0, arguments }
}

/// Adds rows for sessions that have none. A row that was added meanwhile is a conflict.
pub(in crate::database) fn add(sessions: &[Uuid], at: OffsetDateTime) -> Statement<'static> {
    let at = std::iter::once(Argument::Time(at));
    let arguments = at.chain(in_list::arguments(sessions)).collect();
    Statement { text: ADD.fitting(sessions), columns: 0, arguments }
}

pub(in crate::database) fn read(sessions: &[Uuid]) -> Statement<'static> {
    let arguments = in_list::arguments(sessions).collect();
    Statement { text: READ.fitting(sessions), columns: 2, arguments }
}

/// Reads at most `limit` rows after `from`, in the order of their ids.
pub(in crate::database) fn walk(from: Uuid, limit: BatchSize) -> Statement<'static> {
    let arguments = vec![Argument::Id(from), Argument::Number(limit.into())];
    Statement { text: WALK, columns: 2, arguments }
}

/// Deletes the rows of those of these sessions that no longer exist.
pub(in crate::database) fn delete(sessions: &[Uuid]) -> Statement<'static> {
    let arguments = in_list::arguments(sessions).collect();
    Statement { text: DELETE.fitting(sessions), columns: 0, arguments }
}
