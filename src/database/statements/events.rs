//! The log of events: written with each change, put in order afterwards, read, and pruned.
//!
//! The ids of rows become visible in another order than they are allocated, and with gaps, because
//! transactions commit in another order than they begin, or not at all. So a row has no position at
//! first. Positions are assigned to rows that are visible, by one transaction at a time
//! ([`LOCK_LOG`]), and have no gaps. An event that becomes visible late gets a late position.
//!
//! Changes of one session wait for each other, so the ids of its events have the order of the
//! changes, and rows get their positions in the order of their ids.

use std::borrow::Cow;
use std::sync::LazyLock;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::database::statements::identities;
use crate::database::statements::in_list;
use crate::database::statements::in_list::Texts;
use crate::event::{Cause, Change, EventId, EventType};
use crate::identity::IdentityPatch;
use crate::repository::BatchSize;

macro_rules! insert {
    () => {
        "
INSERT INTO elsewhere_events (nid, type, occurred_at, identity_id, session_id, cause, actor,
                              actor_session_id, actor_address, expires_at)"
    };
}

/// The events of sessions that exist and are locked. A session that had ended before has no cause,
/// unless it has expired and nobody has noted that yet.
static OF_SESSIONS: Texts = Texts::new(|| {
    in_list::lengths(8, |ids| {
        let insert = insert!();
        format!(
            "{insert}
SELECT s.nid, $1, $2, s.identity_id, s.id,
       CASE WHEN s.active = TRUE AND (s.expires_at > $7 OR s.expires_at IS NULL) THEN $3
            WHEN s.active = TRUE THEN 'expired' END,
       $4, $5, $6, s.expires_at
FROM sessions s
WHERE s.id IN ({ids})"
        )
    })
});

/// As above, with the same cause for all: sessions that end at their expiry, or after it.
static OF_ENDING_SESSIONS: Texts = Texts::new(|| {
    in_list::lengths(7, |ids| {
        let insert = insert!();
        format!(
            "{insert}
SELECT s.nid, $1, $2, s.identity_id, s.id, $3, $4, $5, $6, s.expires_at
FROM sessions s
WHERE s.id IN ({ids})"
        )
    })
});

/// A session that is issued.
const OF_NEW_SESSION: &str = concat!(
    insert!(),
    "
VALUES ($1, $2, $3, $4, $5, NULL, $6, $7, $8, $9)"
);

/// An identity, if it exists.
const OF_IDENTITY: &str = concat!(
    insert!(),
    "
SELECT i.nid, $3, $4, i.id, NULL, NULL, $5, $6, $7, NULL
FROM identities i
WHERE i.id = $1 AND i.nid = $2"
);

/// An identity that a patch makes different, before the patch is applied. The conditions are those
/// of [`crate::database::statements::identities::change`].
const OF_CHANGED_IDENTITY: &str = concat!(
    insert!(),
    "
SELECT i.nid,
       CASE WHEN i.state = 'active' AND COALESCE($8, i.state) <> 'active'
            THEN 'identity.deactivated' ELSE 'identity.changed' END,
       $3, i.id, NULL, NULL, $4, $5, $6, NULL
FROM identities i
WHERE i.id = $1 AND i.nid = $2
  AND (i.state = 'active' OR COALESCE($8, i.state) = 'active' OR $7 = TRUE)
  AND (i.state <> COALESCE($8, i.state)
       OR ($9 IS NOT NULL AND (i.external_id IS NULL OR i.external_id <> $9))
       OR ($10 IS NOT NULL AND i.schema_id <> $10)
       OR ($11 IS NOT NULL AND i.traits <> $11)
       OR ($12 IS NOT NULL AND (i.metadata_public IS NULL OR i.metadata_public <> $12))
       OR ($13 IS NOT NULL AND (i.metadata_admin IS NULL OR i.metadata_admin <> $13))
       OR ($14 IS NOT NULL AND (i.available_aal IS NULL OR i.available_aal <> $14))
       OR ($15 IS NOT NULL AND (i.organization_id IS NULL OR i.organization_id <> $15)))"
);

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

macro_rules! read {
    ($of_identity:literal) => {
        concat!(
            "
SELECT CAST(e.position AS CHAR(20)), e.type, e.occurred_at, e.identity_id, e.session_id, e.cause, e.actor,
       e.actor_session_id, e.actor_address, e.expires_at
FROM elsewhere_events e
WHERE e.position > $1 AND e.position <= $2 AND e.nid = $3
  AND e.type IN ($5, $6, $7, $8, $9, $10, $11, $12, $13)",
            $of_identity,
            "
ORDER BY e.position
LIMIT $4"
        )
    };
}

const READ: &str = read!("");
const READ_OF_IDENTITY: &str = read!(" AND e.identity_id = $14");

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

/// The arguments about the change itself.
fn circumstances(change: &Change) -> [Argument<'static>; 5] {
    let Change { kind, cause, actor, at, .. } = change;
    [
        Argument::Text(Cow::Borrowed(kind.event_type().as_str())),
        Argument::Time(*at),
        Argument::optional_text(cause.map(Cause::as_str)),
        Argument::Text(Cow::Borrowed(actor.kind().as_str())),
        Argument::OptionalId(actor.session()),
    ]
}

fn address(change: &Change) -> Argument<'static> {
    Argument::OptionalText(change.actor.address().map(|address| address.to_string().into()))
}

/// The events of existing sessions, which have the same change. Only those that are live at the
/// time of the change get its cause.
pub(in crate::database) fn of_sessions(change: &Change, sessions: &[Uuid]) -> Statement<'static> {
    let live = [address(change), Argument::LatestForm(change.at)];
    let arguments = circumstances(change).into_iter().chain(live);
    let arguments = arguments.chain(in_list::arguments(sessions)).collect();
    Statement { text: OF_SESSIONS.fitting(sessions), columns: 0, arguments }
}

/// The events of existing sessions, all of which end, or none.
pub(in crate::database) fn of_ending_sessions(
    change: &Change,
    sessions: &[Uuid],
) -> Statement<'static> {
    let arguments = circumstances(change).into_iter().chain([address(change)]);
    let arguments = arguments.chain(in_list::arguments(sessions)).collect();
    Statement { text: OF_ENDING_SESSIONS.fitting(sessions), columns: 0, arguments }
}

pub(in crate::database) fn of_new_session(
    network: Uuid,
    identity: Uuid,
    session: Uuid,
    expires_at: OffsetDateTime,
    change: &Change,
) -> Statement<'static> {
    let [event_type, at, _, actor, by_session] = circumstances(change);
    let (identity, session) = (Argument::Id(identity), Argument::Id(session));
    let expires_at = Argument::Time(expires_at);
    let network = Argument::Id(network);
    let address = address(change);
    let arguments =
        vec![network, event_type, at, identity, session, actor, by_session, address, expires_at];
    Statement { text: OF_NEW_SESSION, columns: 0, arguments }
}

/// The event of an identity, if it exists.
pub(in crate::database) fn of_identity(
    network: Uuid,
    identity: Uuid,
    event_type: EventType,
    change: &Change,
) -> Statement<'static> {
    let [_, at, _, actor, by_session] = circumstances(change);
    let event_type = Argument::Text(Cow::Borrowed(event_type.as_str()));
    let (identity, network) = (Argument::Id(identity), Argument::Id(network));
    let arguments = vec![identity, network, event_type, at, actor, by_session, address(change)];
    Statement { text: OF_IDENTITY, columns: 0, arguments }
}

/// The event of an identity that `patch` makes different. To be run before the patch is applied.
pub(in crate::database) fn of_changed_identity<'a>(
    network: Uuid,
    identity: Uuid,
    patch: &'a IdentityPatch,
    even_if_inactive: bool,
    change: &Change,
) -> Statement<'a> {
    let [_, at, _, actor, by_session] = circumstances(change);
    let (identity, network) = (Argument::Id(identity), Argument::Id(network));
    let inactive = Argument::Flag(even_if_inactive);
    let mut arguments = vec![identity, network, at, actor, by_session, address(change), inactive];
    arguments.extend(identities::values(patch));
    Statement { text: OF_CHANGED_IDENTITY, columns: 0, arguments }
}

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
    let text = if identity.is_some() { READ_OF_IDENTITY } else { READ };
    Statement { text, columns: 10, arguments }
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
