//! The replicas that answer from memory, and what each of them has to notice.

use std::borrow::Cow;
use std::time::Duration;

use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::event::EventId;
use crate::repository::Renewal;

/// Maximum number of changes that one look reads, with a position and without.
pub(in crate::database) const MAX_CHANGES: usize = 1000;

/// Reads, as of one moment, the changes after a position and those without one, the ends of the log
/// with the server that has it, and all replicas of a network. `$server` is an expression for the
/// server, which is another one after a failover. Changes on which no answer from memory depends are
/// left out: new sessions, and the ends and deletions of sessions that had expired or ended before.
macro_rules! look_text {
    ($server:literal) => {
        concat!(
            "
SELECT 'change', CAST(e.id AS CHAR(20)), e.session_id, e.identity_id,
       CAST(e.position AS CHAR(20)), NULL, e.type
FROM (SELECT id, position, session_id, identity_id, type
      FROM elsewhere_events
      WHERE position > $1 AND type <> 'session.issued' AND type <> 'session.expired'
        AND (type <> 'session.deleted' OR cause IS NOT NULL)
      ORDER BY position
      LIMIT $2) e
UNION ALL
SELECT 'change', CAST(u.id AS CHAR(20)), u.session_id, u.identity_id, NULL, NULL, u.type
FROM (SELECT id, session_id, identity_id, type
      FROM elsewhere_events
      WHERE position IS NULL AND type <> 'session.issued' AND type <> 'session.expired'
        AND (type <> 'session.deleted' OR cause IS NOT NULL)
      ORDER BY position, id
      LIMIT $2) u
UNION ALL
SELECT 'log', CAST(l.head AS CHAR(20)), NULL, NULL, CAST(l.pruned AS CHAR(20)), NULL,
       ",
            $server,
            "
FROM elsewhere_event_log l
UNION ALL
SELECT 'replica', CAST(r.acknowledged AS CHAR(20)), r.id, NULL, CAST(r.beat AS CHAR(20)),
       CAST(r.lease AS CHAR(20)), NULL
FROM elsewhere_replicas r
WHERE r.nid = $3"
        )
    };
}
pub(in crate::database) use look_text;

/// Writes a beat, unless a failover has happened: a position of the other server's log means nothing
/// on this one.
macro_rules! renew_text {
    ($server:literal) => {
        concat!(
            "
UPDATE elsewhere_replicas
SET beat = $2, acknowledged = $3
WHERE id = $1 AND $4 = ",
            $server
        )
    };
}
pub(in crate::database) use renew_text;

const REGISTER: &str = "
INSERT INTO elsewhere_replicas (id, nid, beat, acknowledged, lease)
SELECT $1, $2, $4, 0, $3
FROM elsewhere_event_log l
WHERE NOT EXISTS (SELECT 1 FROM elsewhere_replicas r WHERE r.id = $1)";

const REMOVE: &str = "
DELETE FROM elsewhere_replicas
WHERE id = $1";

const REMOVE_SILENT: &str = "
DELETE FROM elsewhere_replicas
WHERE id = $1 AND beat = $2";

/// Looks by `text`, which is that of the driver.
pub(in crate::database) fn look(
    text: &'static str,
    network: Uuid,
    after: EventId,
) -> Statement<'static> {
    let limit = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
    let arguments =
        vec![Argument::Number(after.get()), Argument::Number(limit), Argument::Id(network)];
    Statement { text, columns: 7, arguments }
}

pub(in crate::database) fn register(
    network: Uuid,
    replica: Uuid,
    lease: Duration,
    beat: i64,
) -> Statement<'static> {
    let lease = Argument::Number(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
    let ids = [Argument::Id(replica), Argument::Id(network)];
    let arguments = ids.into_iter().chain([lease, Argument::Number(beat)]).collect();
    Statement { text: REGISTER, columns: 0, arguments }
}

/// Renews by `text`, which is that of the driver.
pub(in crate::database) fn renew<'a>(text: &'static str, renewal: &Renewal<'a>) -> Statement<'a> {
    let arguments = vec![
        Argument::Id(renewal.replica),
        Argument::Number(renewal.beat),
        Argument::Number(renewal.acknowledged.get()),
        Argument::Text(Cow::Borrowed(renewal.server)),
    ];
    Statement { text, columns: 0, arguments }
}

pub(in crate::database) fn remove(replica: Uuid) -> Statement<'static> {
    Statement { text: REMOVE, columns: 0, arguments: vec![Argument::Id(replica)] }
}

/// Removes a replica whose beat has not changed.
pub(in crate::database) fn remove_silent(replica: Uuid, beat: i64) -> Statement<'static> {
    let arguments = vec![Argument::Id(replica), Argument::Number(beat)];
    Statement { text: REMOVE_SILENT, columns: 0, arguments }
}
