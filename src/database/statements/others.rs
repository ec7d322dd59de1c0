//! "Where else am I signed in?" in one statement: the caller and the page.
//!
//! One row is the caller's session with its identity; the other rows are the
//! other sessions, a row for each device of each, so that the identity, which
//! is the same for all, is read once.
//!
//! The page is a seek in the order `created_at DESC, id ASC`: a bound on
//! `created_at` that every planner turns into the range of an index, and the
//! exact position as a filter on what is left. `behind` is the same seek the
//! other way, for one row, null where there is none; its order is there so that
//! planners seek in the same index.

use std::borrow::Cow;

use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

use super::super::driver::{Argument, Statement};
use crate::pagination::{PageRequest, Position, Start};

/// How many columns every row has.
const COLUMNS: usize = 25;
/// Sorts before every row, as the newest does.
const BEGINNING: Position =
    Position { created_at: datetime!(9999-12-31 23:59:59.999999 UTC), id: Uuid::nil() };
/// Sorts after every row.
const END: Position = Position { created_at: datetime!(1970-01-01 00:00 UTC), id: Uuid::max() };

/// The text for one direction. What differs is how a row compares with the
/// page's start, how with the place behind it, and the order of reading.
macro_rules! text {
    (
        start: $start:literal, order: $order:literal,
        behind: $behind:literal, reverse: $reverse:literal
    ) => {
        concat!(
            "
WITH caller AS (
    SELECT s.id, s.nid, s.identity_id, s.active, s.aal, s.authentication_methods,
           s.issued_at, s.authenticated_at, s.expires_at, s.created_at
    FROM sessions s
    WHERE s.token = $1 AND s.nid = $2
)
SELECT c.id, c.active, c.aal, c.authentication_methods,
       c.issued_at, c.authenticated_at, c.expires_at, c.created_at,
       i.id, i.external_id, i.schema_id, i.state, i.state_changed_at, i.traits,
       i.metadata_public, i.available_aal, i.organization_id, i.created_at, i.updated_at,
       (
           SELECT s.active
           FROM sessions s
           WHERE s.identity_id = c.identity_id AND s.nid = c.nid
             AND s.active = TRUE AND s.expires_at > $3 AND s.id <> c.id
             AND ",
            $behind,
            "
           ORDER BY ",
            $reverse,
            "
           LIMIT 1
       ),
       NULL, NULL, NULL, NULL, NULL
FROM caller c
JOIN identities i ON i.id = c.identity_id AND i.nid = c.nid
UNION ALL
SELECT o.id, o.active, o.aal, o.authentication_methods,
       o.issued_at, o.authenticated_at, o.expires_at, o.created_at,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL,
       d.id, d.ip_address, d.user_agent, d.location, d.created_at
FROM (
    SELECT s.id, s.nid, s.active, s.aal, s.authentication_methods,
           s.issued_at, s.authenticated_at, s.expires_at, s.created_at
    FROM sessions s
    WHERE s.identity_id = (SELECT c.identity_id FROM caller c) AND s.nid = $2
      AND s.active = TRUE AND s.expires_at > $3 AND s.id <> (SELECT c.id FROM caller c)
      AND ",
            $start,
            "
    ORDER BY ",
            $order,
            "
    LIMIT $10 OFFSET $11
) o
LEFT JOIN session_devices d ON d.session_id = o.id AND d.nid = o.nid"
        )
    };
}

const FORWARD: &str = text! {
    start: "s.created_at <= $5 AND (s.created_at < $4 OR s.id > $6)",
    order: "s.created_at DESC, s.id ASC",
    behind: "s.created_at >= $7 AND (s.created_at > $8 OR s.id <= $9)",
    reverse: "s.created_at ASC, s.id DESC"
};

const BACKWARD: &str = text! {
    start: "s.created_at >= $4 AND (s.created_at > $5 OR s.id < $6)",
    order: "s.created_at ASC, s.id DESC",
    behind: "s.created_at <= $8 AND (s.created_at < $7 OR s.id >= $9)",
    reverse: "s.created_at DESC, s.id ASC"
};

/// The statement for a page. Reads one row more than the page has, which tells
/// whether there is a next one.
pub(in crate::database) fn statement(
    stored_token: Cow<'_, str>,
    network: Uuid,
    page: PageRequest,
    now: OffsetDateTime,
) -> Statement<'_> {
    let (text, start, behind, offset) = match page.start {
        Start::Beginning | Start::Offset(0) => (FORWARD, BEGINNING, BEGINNING, 0),
        Start::After(position) => (FORWARD, position, position, 0),
        // What is skipped lies behind: anything at all, where something is skipped.
        Start::Offset(offset) => (FORWARD, BEGINNING, END, offset),
        Start::Before(position) => (BACKWARD, position, position, 0),
        Start::End => (BACKWARD, END, END, 0),
    };
    let limit = i64::try_from(page.size.get() + 1).unwrap_or(i64::MAX);
    Statement {
        text,
        columns: COLUMNS,
        arguments: vec![
            Argument::Text(stored_token),
            Argument::Id(network),
            Argument::LatestForm(now),
            Argument::EarliestForm(start.created_at),
            Argument::LatestForm(start.created_at),
            Argument::Id(start.id),
            Argument::EarliestForm(behind.created_at),
            Argument::LatestForm(behind.created_at),
            Argument::Id(behind.id),
            Argument::Number(limit),
            Argument::Number(i64::try_from(offset).unwrap_or(i64::MAX)),
        ],
    }
}
