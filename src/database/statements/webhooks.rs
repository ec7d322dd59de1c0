//! The state of webhooks: positions, claims, and events that were not delivered.

use std::borrow::Cow;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::event::EventId;
use crate::repository::Undelivered;

/// Maximum number of undelivered events that one statement reads.
const MAX_UNDELIVERED: i64 = 1000;

const ALL: &str = "
SELECT w.name, CAST(w.position AS CHAR(20)), w.holder, CAST(w.beat AS CHAR(20)), w.is_off
FROM elsewhere_webhooks w
ORDER BY w.name";

const ADD: &str = "
INSERT INTO elsewhere_webhooks (name, position, beat, is_off)
SELECT $1, l.head, 0, FALSE
FROM elsewhere_event_log l
WHERE NOT EXISTS (SELECT 1 FROM elsewhere_webhooks w WHERE w.name = $1)";

const CLAIM: &str = "
UPDATE elsewhere_webhooks
SET holder = $2, beat = beat + 1
WHERE name = $1 AND beat = $3 AND is_off = FALSE";

const RENEW: &str = "
UPDATE elsewhere_webhooks
SET beat = beat + 1
WHERE name = $1 AND holder = $2 AND is_off = FALSE";

const RELEASE: &str = "
UPDATE elsewhere_webhooks
SET holder = NULL, beat = beat + 1
WHERE name = $1 AND holder = $2";

/// The beat makes this a change in any case: MySQL counts changed rows.
const MOVE: &str = "
UPDATE elsewhere_webhooks
SET position = $3, beat = beat + 1
WHERE name = $1 AND holder = $2";

const SWITCH: &str = "
UPDATE elsewhere_webhooks
SET is_off = $2, beat = beat + 1
WHERE name = $1";

const UNDELIVERED: &str = "
SELECT CAST(u.position AS CHAR(20)), CAST(u.tries AS CHAR(20)), u.next_try, u.is_given_up, u.problem
FROM elsewhere_undelivered_events u
WHERE u.webhook = $1 AND u.is_given_up = $2
ORDER BY u.position
LIMIT $3";

const STORE: &str = "
INSERT INTO elsewhere_undelivered_events (webhook, position, tries, next_try, is_given_up, problem)
VALUES ($1, $2, $3, $4, $5, $6)";

const DELETE: &str = "
DELETE FROM elsewhere_undelivered_events
WHERE webhook = $1 AND position = $2";

const RETRY: &str = "
UPDATE elsewhere_undelivered_events
SET is_given_up = FALSE, tries = 0, next_try = $2
WHERE webhook = $1 AND is_given_up = TRUE";

const RETRY_ONE: &str = "
UPDATE elsewhere_undelivered_events
SET is_given_up = FALSE, tries = 0, next_try = $2
WHERE webhook = $1 AND is_given_up = TRUE AND position = $3";

fn text(text: &str) -> Argument<'_> {
    Argument::Text(Cow::Borrowed(text))
}

fn position(id: EventId) -> Argument<'static> {
    Argument::Number(id.get())
}

pub(in crate::database) fn all() -> Statement<'static> {
    Statement { text: ALL, columns: 5, arguments: Vec::new() }
}

pub(in crate::database) fn add(name: &str) -> Statement<'_> {
    Statement { text: ADD, columns: 0, arguments: vec![text(name)] }
}

pub(in crate::database) fn claim(name: &str, replica: Uuid, beat: i64) -> Statement<'_> {
    let arguments = vec![text(name), Argument::Id(replica), Argument::Number(beat)];
    Statement { text: CLAIM, columns: 0, arguments }
}

pub(in crate::database) fn renew(name: &str, replica: Uuid) -> Statement<'_> {
    Statement { text: RENEW, columns: 0, arguments: vec![text(name), Argument::Id(replica)] }
}

pub(in crate::database) fn release(name: &str, replica: Uuid) -> Statement<'_> {
    Statement { text: RELEASE, columns: 0, arguments: vec![text(name), Argument::Id(replica)] }
}

pub(in crate::database) fn move_to(name: &str, replica: Uuid, to: EventId) -> Statement<'_> {
    let arguments = vec![text(name), Argument::Id(replica), position(to)];
    Statement { text: MOVE, columns: 0, arguments }
}

pub(in crate::database) fn switch(name: &str, is_off: bool) -> Statement<'_> {
    Statement { text: SWITCH, columns: 0, arguments: vec![text(name), Argument::Flag(is_off)] }
}

pub(in crate::database) fn undelivered(name: &str, is_given_up: bool) -> Statement<'_> {
    let arguments =
        vec![text(name), Argument::Flag(is_given_up), Argument::Number(MAX_UNDELIVERED)];
    Statement { text: UNDELIVERED, columns: 5, arguments }
}

pub(in crate::database) fn store<'a>(name: &'a str, event: &'a Undelivered) -> Statement<'a> {
    let arguments = vec![
        text(name),
        position(event.id),
        Argument::Number(event.tries.into()),
        Argument::Time(event.next_try),
        Argument::Flag(event.is_given_up),
        text(&event.problem),
    ];
    Statement { text: STORE, columns: 0, arguments }
}

pub(in crate::database) fn delete(name: &str, event: EventId) -> Statement<'_> {
    Statement { text: DELETE, columns: 0, arguments: vec![text(name), position(event)] }
}

pub(in crate::database) fn retry(
    name: &str,
    event: Option<EventId>,
    now: OffsetDateTime,
) -> Statement<'_> {
    let mut arguments = vec![text(name), Argument::Time(now)];
    arguments.extend(event.map(position));
    let text = if event.is_some() { RETRY_ONE } else { RETRY };
    Statement { text, columns: 0, arguments }
}
