//! Ids, and the times of making, of sessions that are over: what is done to those
//! changes no answer.

use time::OffsetDateTime;
use uuid::Uuid;

use super::super::driver::{Argument, Statement};
use crate::config::Schema;
use crate::pagination::Position;
use crate::repository::AT_ONCE;

pub(super) const COLUMNS: usize = 2;

const EXPIRED: &str = "
SELECT s.id, s.created_at
FROM sessions s
WHERE s.active = TRUE AND s.expires_at <= $3 AND s.nid = $1
LIMIT $2";

/// From the oldest on, along the index of all sessions. None can have ended
/// before it was made. When one was revoked, only its last change tells.
const ENDED: &str = "
SELECT s.id, s.created_at
FROM sessions s
WHERE s.nid = $1
  AND s.created_at <= $3 AND s.created_at >= $4 AND (s.created_at > $5 OR s.id < $6)
  AND (s.expires_at <= $3 OR (COALESCE(s.active, FALSE) <> TRUE AND s.updated_at <= $3))
ORDER BY s.created_at ASC, s.id DESC
LIMIT $2";

/// Beside a Kratos nothing tells when a session was revoked: it goes when it
/// would have ended by itself.
const EXPIRED_LONG_AGO: &str = "
SELECT s.id, s.created_at
FROM sessions s
WHERE s.nid = $1
  AND s.created_at <= $3 AND s.created_at >= $4 AND (s.created_at > $5 OR s.id < $6)
  AND s.expires_at <= $3
ORDER BY s.created_at ASC, s.id DESC
LIMIT $2";

/// With the network as `$1`, and as `$2` how many it reads at most.
pub(super) fn at_once<'a>(
    text: &'static str,
    network: Uuid,
    rest: impl IntoIterator<Item = Argument<'a>>,
) -> Statement<'a> {
    let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    let arguments = [Argument::Id(network), Argument::Number(limit)].into_iter().chain(rest);
    Statement { text, columns: COLUMNS, arguments: arguments.collect() }
}

pub(in crate::database) fn expired(network: Uuid, now: OffsetDateTime) -> Statement<'static> {
    at_once(EXPIRED, network, [Argument::LatestForm(now)])
}

/// Those that ended before `before`, after `from` in the order from old to new.
pub(in crate::database) fn ended(
    schema: Schema,
    network: Uuid,
    before: OffsetDateTime,
    from: Position,
) -> Statement<'static> {
    let text = match schema {
        Schema::Own => ENDED,
        Schema::Kratos => EXPIRED_LONG_AGO,
    };
    at_once(
        text,
        network,
        [
            Argument::LatestForm(before),
            Argument::EarliestForm(from.created_at),
            Argument::LatestForm(from.created_at),
            Argument::Id(from.id),
        ],
    )
}
