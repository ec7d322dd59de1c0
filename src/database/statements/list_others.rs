//! "Where else am I signed in?" in one statement: the caller, and a page of other sessions.
//!
//! One row is the caller's session with its identity. The other rows are the other sessions,
//! one row for each device. So the identity, which is the same for all, is read once.
//!
//! The page is a keyset seek in the order `created_at DESC, id ASC`: a bound on `created_at`,
//! which every planner turns into a range of an index, and the exact position as a filter on
//! the remaining rows. `behind` is the same seek in the opposite direction, for one row; it is
//! null if there is none. It has an order so that planners seek in the same index.

use std::borrow::Cow;

use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::pagination::{Cursor, PageRequest, Position};

/// Number of columns of every row.
const COLUMNS: usize = 26;
/// Sorts before every row, because the newest row comes first.
pub(in crate::database) const BEGINNING: Position =
    Position { created_at: datetime!(9999-12-31 23:59:59.999999 UTC), id: Uuid::nil() };
/// Sorts after every row.
pub(in crate::database) const END: Position =
    Position { created_at: datetime!(1970-01-01 00:00 UTC), id: Uuid::max() };

/// The text for one direction. Directions differ in the comparison of a row with the page's
/// start, the check for a row behind it, and the order of reading.
macro_rules! text {
    (start: $start:literal, order: $order:literal, behind: $behind:expr) => {
        concat!(
            "
WITH caller AS (
    SELECT s.id, s.nid, s.identity_id, s.active, s.aal, s.authentication_methods,
           s.issued_at, s.authenticated_at, s.expires_at, s.created_at, s.token
    FROM sessions s
    WHERE s.token = $1 AND s.nid = $2
)
SELECT c.id, c.active, c.aal, c.authentication_methods,
       c.issued_at, c.authenticated_at, c.expires_at, c.created_at,
       i.id, i.external_id, i.schema_id, i.state, i.state_changed_at, i.traits,
       i.metadata_public, i.available_aal, i.organization_id, i.created_at, i.updated_at,
       ",
            $behind,
            ",
       NULL, NULL, NULL, NULL, NULL,
       c.token
FROM caller c
JOIN identities i ON i.id = c.identity_id AND i.nid = c.nid
UNION ALL
SELECT o.id, o.active, o.aal, o.authentication_methods,
       o.issued_at, o.authenticated_at, o.expires_at, o.created_at,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL,
       d.id, d.ip_address, d.user_agent, d.location, d.created_at,
       NULL
FROM (
    SELECT s.id, s.nid, s.active, s.aal, s.authentication_methods,
           s.issued_at, s.authenticated_at, s.expires_at, s.created_at
    FROM sessions s /* of one identity */
    WHERE s.identity_id = (SELECT c.identity_id FROM caller c) AND s.nid = $2
      AND s.active = TRUE AND s.expires_at > $3 AND s.id <> (SELECT c.id FROM caller c)",
            $start,
            "
    ORDER BY ",
            $order,
            "
    LIMIT $4 OFFSET $5
) o
LEFT JOIN session_devices d ON d.session_id = o.id AND d.nid = o.nid"
        )
    };
}

/// Not null if a row lies behind the page's start.
macro_rules! behind {
    ($behind:literal, $reverse:literal) => {
        concat!(
            "(
           SELECT s.active
           FROM sessions s /* of one identity */
           WHERE s.identity_id = c.identity_id AND s.nid = c.nid
             AND s.active = TRUE AND s.expires_at > $3 AND s.id <> c.id
             AND ",
            $behind,
            "
           ORDER BY ",
            $reverse,
            "
           LIMIT 1
       )"
        )
    };
}

/// The first page, which is requested most. It needs no bound, because nothing lies before it.
const FIRST: &str = text! {
    start: "",
    order: "s.created_at DESC, s.id ASC",
    behind: "FALSE"
};

const FORWARD: &str = text! {
    start: "
      AND s.created_at <= $7 AND (s.created_at < $6 OR s.id > $8)",
    order: "s.created_at DESC, s.id ASC",
    behind: behind!(
        "s.created_at >= $9 AND (s.created_at > $10 OR s.id <= $11)",
        "s.created_at ASC, s.id DESC"
    )
};

const BACKWARD: &str = text! {
    start: "
      AND s.created_at >= $6 AND (s.created_at > $7 OR s.id < $8)",
    order: "s.created_at ASC, s.id DESC",
    behind: behind!(
        "s.created_at <= $10 AND (s.created_at < $9 OR s.id >= $11)",
        "s.created_at DESC, s.id ASC"
    )
};

/// The statement for a page. Reads one session more than the page has, to find out whether
/// there is a next page.
pub(in crate::database) fn statement(
    stored_token: Cow<'_, str>,
    network: Uuid,
    page: PageRequest,
    now: OffsetDateTime,
) -> Statement<'_> {
    let limit = i64::try_from(page.size.get() + 1).unwrap_or(i64::MAX);
    let (text, start, behind, offset) = match page.start {
        Cursor::Beginning | Cursor::Offset(0) => (FIRST, None, None, 0),
        Cursor::After(position) => (FORWARD, Some(position), Some(position), 0),
        // The skipped rows lie behind. If any are skipped, any row at all counts.
        Cursor::Offset(offset) => (FORWARD, Some(BEGINNING), Some(END), offset),
        Cursor::Before(position) => (BACKWARD, Some(position), Some(position), 0),
        Cursor::End => (BACKWARD, Some(END), Some(END), 0),
    };
    let mut arguments = vec![
        Argument::Text(stored_token),
        Argument::Id(network),
        Argument::LatestForm(now),
        Argument::Number(limit),
        Argument::Number(i64::try_from(offset).unwrap_or(i64::MAX)),
    ];
    for position in [start, behind].into_iter().flatten() {
        arguments.extend([
            Argument::EarliestForm(position.created_at),
            Argument::LatestForm(position.created_at),
            Argument::Id(position.id),
        ]);
    }
    Statement { text, columns: COLUMNS, arguments }
}
