//! When sessions were last used. The table is our own, whosever the others are.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::database::statements::in_list;
use crate::database::statements::in_list::Texts;
use crate::repository::BatchSize;

/// No clock that is right is so far behind.
const IN_THE_FUTURE: Duration = Duration::days(1);

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

/// Of those that are known to be missing: MariaDB would look through all that there are
/// for each, as a Kratos's ids may have another character set than ours.
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

/// With each id that of its session, null where there is none any more; not as a join,
/// for which PostgreSQL may read all sessions.
const WALK: &str = "
SELECT a.session_id, (SELECT s.id FROM sessions s WHERE s.id = a.session_id)
FROM elsewhere_activity a
WHERE a.session_id > $1
ORDER BY a.session_id
LIMIT $2";

/// Of sessions that are not there now, whatever was read. As a value for each, not as
/// `NOT EXISTS`, which planners turn into a join with all sessions.
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

/// Of sessions of which something stands there.
pub(in crate::database) fn renew(sessions: &[Uuid], at: OffsetDateTime) -> Statement<'static> {
    let times = [
        Argument::Time(at),
        Argument::EarliestForm(at),
        Argument::LatestForm(at.saturating_add(IN_THE_FUTURE)),
    ];
    let arguments = times.into_iter().chain(in_list::arguments(sessions)).collect();
    Statement { text: RENEW.fitting(sessions), columns: 0, arguments }
}

/// Of sessions of which nothing does. One of which something does, by now, is a conflict.
pub(in crate::database) fn add(sessions: &[Uuid], at: OffsetDateTime) -> Statement<'static> {
    let at = std::iter::once(Argument::Time(at));
    let arguments = at.chain(in_list::arguments(sessions)).collect();
    Statement { text: ADD.fitting(sessions), columns: 0, arguments }
}

pub(in crate::database) fn read(sessions: &[Uuid]) -> Statement<'static> {
    let arguments = in_list::arguments(sessions).collect();
    Statement { text: READ.fitting(sessions), columns: 2, arguments }
}

/// So many, from `from` on in the order of their ids.
pub(in crate::database) fn walk(from: Uuid, limit: BatchSize) -> Statement<'static> {
    let arguments = vec![Argument::Id(from), Argument::Number(limit.into())];
    Statement { text: WALK, columns: 2, arguments }
}

/// Of those of these that are not there.
pub(in crate::database) fn delete(sessions: &[Uuid]) -> Statement<'static> {
    let arguments = in_list::arguments(sessions).collect();
    Statement { text: DELETE.fitting(sessions), columns: 0, arguments }
}
