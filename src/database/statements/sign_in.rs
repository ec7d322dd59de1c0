//! Reads a session that was just issued, and those that its identity has beyond its limit.
//!
//! For the service's own tables only.

use std::sync::LazyLock;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Schema;
use crate::database::columns::{
    ColumnGroup, details, devices, identities, operators, page, sessions, tokens,
};
use crate::database::driver::{Argument, Statement};
use crate::database::table_layout::TableLayout;
use crate::repository::SessionRef;
use crate::session_limit::{LimitPolicy, SessionLimit};

/// Maximum number of sessions beyond the limit that a statement reads.
pub(in crate::database) const SURPLUS: usize = 100;

/// A session, and its identity as operators see it. Devices are not read: the caller has them.
static ISSUED: LazyLock<String> = LazyLock::new(|| {
    format!("{}\nWHERE s.id = $1 AND s.nid = $2\nFOR UPDATE", sessions_with_identity())
});

static WITH_OLDEST: LazyLock<String> = LazyLock::new(|| with_surplus("o.created_at DESC, o.id"));

static WITH_LEAST_RECENT: LazyLock<String> = LazyLock::new(|| {
    with_surplus(
        "COALESCE((SELECT a.last_active_at FROM elsewhere_activity a WHERE a.session_id = o.id),
                          o.issued_at) DESC, o.created_at DESC, o.id",
    )
});

/// Writes the identity's row, unchanged, if it has room for a session more. Whoever locked the row
/// before has committed, so that its sessions count.
const ROOM: &str = "
UPDATE identities
SET updated_at = updated_at
WHERE id = $1 AND nid = $2
  AND (state <> 'active'
       OR (SELECT COUNT(*)
           FROM (SELECT o.id
                 FROM sessions o
                 WHERE o.identity_id = $1 AND o.nid = $2 AND o.active = TRUE
                   AND o.expires_at > $3 AND o.id <> $4
                 LIMIT $5) AS live) < $5)";

fn sessions_with_identity() -> String {
    let layout = TableLayout::complete(Schema::Own);
    let session = sessions::COLUMNS.of_table("s", layout);
    let identity = identities::COLUMNS.of_table("i", layout);
    let nulls = [page::COLUMNS, devices::COLUMNS, tokens::COLUMNS].map(ColumnGroup::nulls);
    let nulls = nulls.join(", ");
    let details = details::COLUMNS.of_table("s", layout);
    let for_operators = operators::COLUMNS.of_table("i", layout);
    format!(
        "
SELECT {session},
       {identity},
       {nulls},
       {details},
       {for_operators}
FROM sessions s
JOIN identities i ON i.id = s.identity_id AND i.nid = s.nid"
    )
}

/// The session itself, and the other live ones of its identity without the first ones in this
/// order. No others unless the session is there and has not ended: a later sign-in may have ended
/// it, before an attempt whose answer was lost is repeated. Planners that do not look up the ids one by one read the identity's sessions at most.
fn with_surplus(order: &str) -> String {
    format!(
        "{}
WHERE s.identity_id = $3 AND s.nid = $2 AND s.id IN (
    SELECT v.id
    FROM (SELECT n.id
          FROM sessions n
          WHERE n.id = $1
          UNION ALL
          SELECT l.id
          FROM (SELECT o.id
                FROM sessions o
                WHERE o.identity_id = $3 AND o.nid = $2 AND o.active = TRUE
                  AND o.expires_at > $4 AND o.id <> $1
                  AND (SELECT c.active FROM sessions c WHERE c.id = $1) = TRUE
                ORDER BY {order}
                LIMIT $5 OFFSET $6) AS l) AS v)
FOR UPDATE",
        sessions_with_identity()
    )
}

/// Reads the session, and locks it.
pub(in crate::database) fn issued(network: Uuid, session: Uuid) -> Statement<'static> {
    let arguments = vec![Argument::Id(session), Argument::Id(network)];
    Statement { text: &ISSUED, columns: operators::COLUMNS.end(), arguments }
}

/// Reads the session, and the sessions that its identity has beyond the limit because of it. Locks
/// all of them.
pub(in crate::database) fn issued_and_surplus(
    network: Uuid,
    issued: SessionRef,
    limit: SessionLimit,
    now: OffsetDateTime,
) -> Statement<'static> {
    let text = match limit.policy {
        LimitPolicy::EvictLeastRecent => &WITH_LEAST_RECENT,
        LimitPolicy::EvictOldest | LimitPolicy::Refuse => &WITH_OLDEST,
    };
    let arguments = vec![
        Argument::Id(issued.session),
        Argument::Id(network),
        Argument::Id(issued.identity),
        Argument::LatestForm(now),
        Argument::Number(i64::try_from(SURPLUS).unwrap_or(i64::MAX)),
        Argument::Number(i64::from(limit.max.get()) - 1),
    ];
    Statement { text, columns: operators::COLUMNS.end(), arguments }
}

/// Writes to the identity's row if it has fewer live sessions than the limit. The session that is
/// to be issued does not count: an earlier attempt may have issued it.
pub(in crate::database) fn has_room(
    network: Uuid,
    issued: SessionRef,
    limit: SessionLimit,
    now: OffsetDateTime,
) -> Statement<'static> {
    let arguments = vec![
        Argument::Id(issued.identity),
        Argument::Id(network),
        Argument::LatestForm(now),
        Argument::Id(issued.session),
        Argument::Number(limit.max.get().into()),
    ];
    Statement { text: ROOM, columns: 0, arguments }
}
