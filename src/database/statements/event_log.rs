//! The log of events: put in order after they were written, read, and pruned.
//!
//! The ids of rows become visible in another order than they are allocated, and with gaps, because
//! transactions commit in another order than they begin, or not at all. So a row has no position at
//! first. Positions are assigned to rows that are visible, by one transaction at a time
//! ([`LOCK_LOG`]), and have no gaps. An event that becomes visible late gets a late position.
//!
//! The ids of one session's events have the order of its changes, and rows get their positions in
//! the order of their ids.

use std::borrow::Cow;
use std::sync::LazyLock;

use uuid::Uuid;

use crate::config::Schema;
use crate::database::driver::{Argument, Statement};
use crate::event::{EventId, EventType};
use crate::repository::BatchSize;

/// The ends of the log, and a row without a position, if there is one.
const STATE: &str = "
SELECT CAST(l.head AS CHAR(20)), CAST(l.pruned AS CHAR(20)),
       CAST((SELECT e.id FROM elsewhere_events e WHERE e.position IS NULL
             ORDER BY e.position, e.id LIMIT 1) AS CHAR(20))
FROM elsewhere_event_log l";

/// Makes other transactions that assign positions or prune wait.
const LOCK_LOG: &str = "
UPDATE elsewhere_event_log
SET head = head";

const WITHOUT_POSITION: &str = "
SELECT CAST(e.id AS CHAR(20)), CAST(l.head AS CHAR(20))
FROM elsewhere_events e
JOIN elsewhere_event_log l ON l.id = 1
WHERE e.position IS NULL
ORDER BY e.position, e.id
LIMIT $1";

/// Maximum number of positions that one statement assigns.
pub(in crate::database) const SEQUENCE_SIZE: usize = 256;
const SHORT_SEQUENCE_SIZE: usize = 16;

/// Assigns positions to rows, in texts for few and for many.
static SEQUENCE: LazyLock<[String; 2]> = LazyLock::new(|| {
    [SHORT_SEQUENCE_SIZE, SEQUENCE_SIZE].map(|rows| {
        let ids: Vec<_> = (1..=rows).map(|nth| format!("${nth}")).collect();
        let cases = (1..=rows).map(|nth| format!("WHEN ${nth} THEN ${}", rows + nth));
        format!(
            "
UPDATE elsewhere_events
SET position = CASE id {} END
WHERE id IN ({})",
            cases.collect::<Vec<_>>().join(" "),
            ids.join(", ")
        )
    })
});

const SET_HEAD: &str = "
UPDATE elsewhere_event_log
SET head = $1";

/// Beside a Kratos, no session is changed or bound, and the last columns do not exist.
macro_rules! read {
    ($own:literal, $of_identity:literal) => {
        concat!(
            "
SELECT CAST(e.position AS CHAR(20)), e.type, e.occurred_at, e.identity_id, e.session_id, e.cause, e.actor,
       e.actor_session_id, e.actor_address, e.expires_at, ",
            $own,
            "
FROM elsewhere_events e
WHERE e.position > $1 AND e.position <= $2 AND e.nid = $3
  AND e.type IN ($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            $of_identity,
            "
ORDER BY e.position
LIMIT $4"
        )
    };
}

const READ: &str = read!("e.aal, e.previous_aal, e.user_agent", "");
const READ_OF_IDENTITY: &str =
    read!("e.aal, e.previous_aal, e.user_agent", " AND e.identity_id = $16");
const READ_BESIDE_KRATOS: &str = read!("NULL, NULL, NULL", "");
const READ_OF_IDENTITY_BESIDE_KRATOS: &str = read!("NULL, NULL, NULL", " AND e.identity_id = $16");

/// The oldest events, with their times.
const OLDEST: &str = "
SELECT CAST(e.position AS CHAR(20)), e.occurred_at
FROM elsewhere_events e
WHERE e.position > $1 AND e.position <= $2
ORDER BY e.position
LIMIT $3";

const PRUNE: &str = "
DELETE FROM elsewhere_events
WHERE position <= $1";

const SET_PRUNED: &str = "
UPDATE elsewhere_event_log
SET pruned = $1
WHERE pruned < $1";

pub(in crate::database) fn state() -> Statement<'static> {
    Statement { text: STATE, columns: 3, arguments: Vec::new() }
}

pub(in crate::database) fn lock_log() -> Statement<'static> {
    Statement { text: LOCK_LOG, columns: 0, arguments: Vec::new() }
}

/// Rows without a position, each with the position of the log's last event.
pub(in crate::database) fn without_position() -> Statement<'static> {
    let limit = i64::try_from(SEQUENCE_SIZE).unwrap_or(i64::MAX);
    Statement { text: WITHOUT_POSITION, columns: 2, arguments: vec![Argument::Number(limit)] }
}

/// Assigns the positions after `head` to these rows, at most [`SEQUENCE_SIZE`], and makes the last
/// one the head.
pub(in crate::database) fn sequence(rows: &[i64], head: EventId) -> Vec<Statement<'static>> {
    let (text, length) = if rows.len() <= SHORT_SEQUENCE_SIZE {
        (&SEQUENCE[0], SHORT_SEQUENCE_SIZE)
    } else {
        (&SEQUENCE[1], SEQUENCE_SIZE)
    };
    let Some(last) = rows.last() else {
        return Vec::new();
    };
    // The last row is repeated to fill the list. The first case that matches counts.
    let filling = std::iter::repeat_n(*last, length.saturating_sub(rows.len()));
    let ids = rows.iter().copied().chain(filling).map(Argument::Number);
    let positions = (1..=length).map(|nth| Argument::Number(head.plus(nth).get()));
    let new_head = Argument::Number(head.plus(rows.len()).get());
    vec![
        Statement { text, columns: 0, arguments: ids.chain(positions).collect() },
        Statement { text: SET_HEAD, columns: 0, arguments: vec![new_head] },
    ]
}

/// At most `limit` events of these types after one position and until another one.
pub(in crate::database) fn read(
    schema: Schema,
    network: Uuid,
    [after, until]: [EventId; 2],
    types: &[EventType],
    identity: Option<Uuid>,
    limit: BatchSize,
) -> Statement<'static> {
    let number = |id: EventId| Argument::Number(id.get());
    let mut arguments =
        vec![number(after), number(until), Argument::Id(network), Argument::Number(limit.into())];
    // A list without types matches nothing.
    let types = types.iter().map(|one| one.as_str()).chain(std::iter::repeat(""));
    let types = types.take(EventType::ALL.len());
    arguments.extend(types.map(|one| Argument::Text(Cow::Borrowed(one))));
    arguments.extend(identity.map(Argument::Id));
    let text = match (schema, identity) {
        (Schema::Own, None) => READ,
        (Schema::Own, Some(_)) => READ_OF_IDENTITY,
        (Schema::Kratos, None) => READ_BESIDE_KRATOS,
        (Schema::Kratos, Some(_)) => READ_OF_IDENTITY_BESIDE_KRATOS,
    };
    Statement { text, columns: 13, arguments }
}

pub(in crate::database) fn oldest(
    [after, until]: [EventId; 2],
    limit: BatchSize,
) -> Statement<'static> {
    let numbers = [after.get(), until.get(), limit.into()];
    let arguments = numbers.into_iter().map(Argument::Number).collect();
    Statement { text: OLDEST, columns: 2, arguments }
}

/// Deletes the events up to a position, and records it.
pub(in crate::database) fn prune(until: EventId) -> [Statement<'static>; 2] {
    let statement =
        |text| Statement { text, columns: 0, arguments: vec![Argument::Number(until.get())] };
    // The log first: its row is locked.
    [statement(SET_PRUNED), statement(PRUNE)]
}
