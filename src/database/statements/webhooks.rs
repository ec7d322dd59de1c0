//! The state of webhooks: positions, claims, and events that were not delivered.

use std::borrow::Cow;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::event::EventId;
use crate::repository::Undelivered;

/// Maximum number of undelivered events that one statement reads.
const MAX_UNDELIVERED: i64 = 1000;

/// Reads the webhooks of all networks, because they share the log. A column says whether a webhook is of this one.
const ALL: &str = "
SELECT w.name, CAST(w.position AS CHAR(20)), w.holder, CAST(w.beat AS CHAR(20)), w.is_off,
       CASE WHEN w.nid = $1 THEN TRUE ELSE FALSE END,
       CAST((SELECT MIN(u.position) FROM elsewhere_undelivered_events u
             WHERE u.nid = w.nid AND u.webhook = w.name AND u.is_given_up = FALSE) AS CHAR(20))
FROM elsewhere_webhooks w
ORDER BY w.name";

const ADD: &str = "
INSERT INTO elsewhere_webhooks (nid, name, position, beat, is_off)
SELECT $1, $2, l.head, 0, FALSE
FROM elsewhere_event_log l
WHERE NOT EXISTS (SELECT 1 FROM elsewhere_webhooks w WHERE w.nid = $1 AND w.name = $2)";

const CLAIM: &str = "
UPDATE elsewhere_webhooks
SET holder = $3, beat = beat + 1
WHERE nid = $1 AND name = $2 AND beat = $4 AND is_off = FALSE";

const RENEW: &str = "
UPDATE elsewhere_webhooks
SET beat = beat + 1
WHERE nid = $1 AND name = $2 AND holder = $3 AND is_off = FALSE";

const RELEASE: &str = "
UPDATE elsewhere_webhooks
SET holder = NULL, beat = beat + 1
WHERE nid = $1 AND name = $2 AND holder = $3";

/// The beat makes this a change in any case: MySQL counts changed rows.
const MOVE: &str = "
UPDATE elsewhere_webhooks
SET position = $4, beat = beat + 1
WHERE nid = $1 AND name = $2 AND holder = $3";

const SWITCH: &str = "
UPDATE elsewhere_webhooks
SET is_off = $3, beat = beat + 1
WHERE nid = $1 AND name = $2";

const UNDELIVERED: &str = "
SELECT CAST(u.position AS CHAR(20)), CAST(u.tries AS CHAR(20)), u.next_try, u.is_given_up, u.problem
FROM elsewhere_undelivered_events u
WHERE u.nid = $1 AND u.webhook = $2 AND u.is_given_up = $3
ORDER BY u.position
LIMIT $4";

const STORE: &str = "
INSERT INTO elsewhere_undelivered_events (nid, webhook, position, tries, next_try, is_given_up,
                                          problem)
VALUES ($1, $2, $3, $4, $5, $6, $7)";

const DELETE: &str = "
DELETE FROM elsewhere_undelivered_events
WHERE nid = $1 AND webhook = $2 AND position = $3";

const FORGET: &str = "
DELETE FROM elsewhere_undelivered_events
WHERE nid = $1 AND webhook = $2 AND is_given_up = TRUE AND position <= $3";

const RETRY: &str = "
UPDATE elsewhere_undelivered_events
SET is_given_up = FALSE, tries = 0, next_try = $3
WHERE nid = $1 AND webhook = $2 AND is_given_up = TRUE";

const RETRY_ONE: &str = "
UPDATE elsewhere_undelivered_events
SET is_given_up = FALSE, tries = 0, next_try = $3
WHERE nid = $1 AND webhook = $2 AND is_given_up = TRUE AND position = $4";

/// A webhook of a network.
#[derive(Debug, Clone, Copy)]
pub(in crate::database) struct Name<'a> {
    pub network: Uuid,
    pub name: &'a str,
}

impl<'a> Name<'a> {
    /// A statement whose first two arguments are the network and the name.
    fn with(
        self,
        text: &'static str,
        rest: impl IntoIterator<Item = Argument<'a>>,
    ) -> Statement<'a> {
        let name = [Argument::Id(self.network), Argument::Text(Cow::Borrowed(self.name))];
        let arguments = name.into_iter().chain(rest).collect();
        Statement { text, columns: 0, arguments }
    }
}

fn position(id: EventId) -> Argument<'static> {
    Argument::Number(id.get())
}

pub(in crate::database) fn all(network: Uuid) -> Statement<'static> {
    Statement { text: ALL, columns: 7, arguments: vec![Argument::Id(network)] }
}

pub(in crate::database) fn add(name: Name<'_>) -> Statement<'_> {
    name.with(ADD, [])
}

pub(in crate::database) fn claim(name: Name<'_>, replica: Uuid, beat: i64) -> Statement<'_> {
    name.with(CLAIM, [Argument::Id(replica), Argument::Number(beat)])
}

pub(in crate::database) fn renew(name: Name<'_>, replica: Uuid) -> Statement<'_> {
    name.with(RENEW, [Argument::Id(replica)])
}

pub(in crate::database) fn release(name: Name<'_>, replica: Uuid) -> Statement<'_> {
    name.with(RELEASE, [Argument::Id(replica)])
}

pub(in crate::database) fn move_to(name: Name<'_>, replica: Uuid, to: EventId) -> Statement<'_> {
    name.with(MOVE, [Argument::Id(replica), position(to)])
}

pub(in crate::database) fn switch(name: Name<'_>, is_off: bool) -> Statement<'_> {
    name.with(SWITCH, [Argument::Flag(is_off)])
}

pub(in crate::database) fn undelivered(name: Name<'_>, is_given_up: bool) -> Statement<'_> {
    let rest = [Argument::Flag(is_given_up), Argument::Number(MAX_UNDELIVERED)];
    Statement { columns: 5, ..name.with(UNDELIVERED, rest) }
}

pub(in crate::database) fn store<'a>(name: Name<'a>, event: &'a Undelivered) -> Statement<'a> {
    let rest = [
        position(event.id),
        Argument::Number(event.tries.into()),
        Argument::Time(event.next_try),
        Argument::Flag(event.is_given_up),
        Argument::Text(Cow::Borrowed(&event.problem)),
    ];
    name.with(STORE, rest)
}

pub(in crate::database) fn delete(name: Name<'_>, event: EventId) -> Statement<'_> {
    name.with(DELETE, [position(event)])
}

/// Deletes what is known of events that were given up, up to one that was pruned.
pub(in crate::database) fn forget(name: Name<'_>, until: EventId) -> Statement<'_> {
    name.with(FORGET, [position(until)])
}

pub(in crate::database) fn retry(
    name: Name<'_>,
    event: Option<EventId>,
    now: OffsetDateTime,
) -> Statement<'_> {
    let text = if event.is_some() { RETRY_ONE } else { RETRY };
    name.with(text, [Argument::Time(now)].into_iter().chain(event.map(position)))
}
