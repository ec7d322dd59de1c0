//! Sessions that are over: expired ones to mark as ended, and ended ones to prune.
//!
//! Each kind has two statements. The first looks at a bounded number of rows. The second
//! reads the rows that were found again and locks those to write to, because a session may
//! have been extended meanwhile.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Schema;
use crate::database::driver::{Argument, Statement};
use crate::database::statements::in_list;
use crate::database::statements::in_list::Texts;
use crate::database::statements::lock_and_write::{COLUMNS, batch};
use crate::pagination::Position;
use crate::repository::BatchSize;

/// Covers all networks, because all of them are the service's own. No network's rows are in
/// the way of another's in the index.
const LOOK_FOR_EXPIRED: &str = "
SELECT s.id
FROM sessions s
WHERE s.active = TRUE AND s.expires_at <= $1
ORDER BY s.expires_at
LIMIT $2";

/// One step of a walk along all sessions, oldest first. A column says whether a session is to
/// be deleted. That is not a condition, so that the limit applies to the rows that are looked
/// at. (In the service's own SQLite file, whose index has no network, the rows of other
/// networks come on top.) `created_at` has an upper bound, because no session ended before it
/// was created.
macro_rules! walk {
    ($ended:expr) => {
        concat!(
            "
SELECT s.id, s.identity_id, s.created_at, CASE WHEN ",
            $ended,
            " THEN TRUE ELSE FALSE END
FROM sessions s /* in order */
WHERE s.nid = $1
  AND s.created_at <= $3 AND s.created_at >= $4 AND (s.created_at > $5 OR s.id < $6)
ORDER BY s.created_at ASC, s.id DESC
LIMIT $2"
        )
    };
}

/// Only `updated_at` records when a session was revoked.
macro_rules! ended_long_ago {
    () => {
        "(s.expires_at <= $3 OR (COALESCE(s.active, FALSE) <> TRUE AND s.updated_at <= $3))"
    };
}

/// Beside a Kratos, nothing records when a session was revoked. It is deleted once it would
/// have ended by itself.
macro_rules! expired_long_ago {
    () => {
        "s.expires_at <= $3"
    };
}

const LOOK_FOR_ENDED: &str = walk!(ended_long_ago!());
const LOOK_FOR_EXPIRED_LONG_AGO: &str = walk!(expired_long_ago!());

static EXPIRED: Texts = Texts::new(|| {
    in_list::lengths(2, |ids| {
        format!(
            "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.active = TRUE AND s.expires_at <= $1 AND s.id IN ({ids})
FOR UPDATE"
        )
    })
});

macro_rules! ended {
    ($ended:expr) => {
        Texts::new(|| {
            in_list::lengths(4, |ids| {
                let ended = $ended;
                format!(
                    "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.nid = $1 AND {ended} AND s.id IN ({ids})
LIMIT $2
FOR UPDATE"
                )
            })
        })
    };
}

static ENDED: Texts = ended!(ended_long_ago!());
static EXPIRED_LONG_AGO: Texts = ended!(expired_long_ago!());

pub(in crate::database) fn look_for_expired(
    now: OffsetDateTime,
    limit: BatchSize,
) -> Statement<'static> {
    let arguments = vec![Argument::LatestForm(now), Argument::Number(limit.into())];
    Statement { text: LOOK_FOR_EXPIRED, columns: 1, arguments }
}

/// Sessions after `from`, oldest first, and whether each of them ended before `before`.
pub(in crate::database) fn look_for_ended(
    schema: Schema,
    network: Uuid,
    before: OffsetDateTime,
    from: Position,
    limit: BatchSize,
) -> Statement<'static> {
    let text = match schema {
        Schema::Own => LOOK_FOR_ENDED,
        Schema::Kratos => LOOK_FOR_EXPIRED_LONG_AGO,
    };
    let arguments = vec![
        Argument::Id(network),
        Argument::Number(limit.into()),
        Argument::LatestForm(before),
        Argument::EarliestForm(from.created_at),
        Argument::LatestForm(from.created_at),
        Argument::Id(from.id),
    ];
    Statement { text, columns: 4, arguments }
}

/// Those of these sessions that have expired and are not marked as ended.
pub(in crate::database) fn expired(sessions: &[Uuid], now: OffsetDateTime) -> Statement<'static> {
    let now = std::iter::once(Argument::LatestForm(now));
    let arguments = now.chain(in_list::arguments(sessions)).collect();
    Statement { text: EXPIRED.fitting(sessions), columns: COLUMNS, arguments }
}

/// Those of these sessions that ended before `before`.
pub(in crate::database) fn ended(
    schema: Schema,
    network: Uuid,
    sessions: &[Uuid],
    before: OffsetDateTime,
) -> Statement<'static> {
    let texts = match schema {
        Schema::Own => &ENDED,
        Schema::Kratos => &EXPIRED_LONG_AGO,
    };
    let before = std::iter::once(Argument::LatestForm(before));
    batch(texts.fitting(sessions), network, before.chain(in_list::arguments(sessions)))
}
