//! "Where else am I signed in?" in one statement: the caller, and a page of other sessions.
//!
//! One row is the caller's session with its identity. The other rows are the other sessions,
//! one row for each device. So the identity, which is the same for all, is read once.
//!
//! The page is a keyset seek in the order `created_at DESC, id ASC`: a bound on `created_at`,
//! which every planner turns into a range of an index, and the exact position as a filter on
//! the remaining rows. `behind` is the same seek in the opposite direction, for one row; it is
//! null if there is none. It has an order so that planners seek in the same index.
//!
//! If the caller is known already, the first page needs the other sessions only.

use std::borrow::Cow;

use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

use crate::database::columns::{devices, identities, page, sessions, tokens};
use crate::database::driver::{Argument, Statement};
use crate::database::statements::by_layout::ByLayout;
use crate::database::table_layout::TableLayout;
use crate::pagination::{Cursor, PageRequest, PageSize, Position};
use crate::repository::SessionRef;

/// Sorts before every row, because the newest row comes first.
pub(in crate::database) const BEGINNING: Position =
    Position { created_at: datetime!(9999-12-31 23:59:59.999999 UTC), id: Uuid::nil() };
/// Sorts after every row.
pub(in crate::database) const END: Position =
    Position { created_at: datetime!(1970-01-01 00:00 UTC), id: Uuid::max() };

const NEWEST_FIRST: &str = "s.created_at DESC, s.id ASC";
const OLDEST_FIRST: &str = "s.created_at ASC, s.id DESC";

/// The first page, which is requested most. It needs no bound, because nothing lies before it.
static FIRST: ByLayout<String> = ByLayout::new(|layout| text(layout, "", NEWEST_FIRST, "FALSE"));

static FORWARD: ByLayout<String> = ByLayout::new(|layout| {
    let start = "
      AND s.created_at <= $7 AND (s.created_at < $6 OR s.id > $8)";
    let is_behind = "s.created_at >= $9 AND (s.created_at > $10 OR s.id <= $11)";
    text(layout, start, NEWEST_FIRST, &behind(is_behind, OLDEST_FIRST))
});

static BACKWARD: ByLayout<String> = ByLayout::new(|layout| {
    let start = "
      AND s.created_at >= $6 AND (s.created_at > $7 OR s.id < $8)";
    let is_behind = "s.created_at <= $10 AND (s.created_at < $9 OR s.id >= $11)";
    text(layout, start, OLDEST_FIRST, &behind(is_behind, NEWEST_FIRST))
});

static FIRST_OF_KNOWN: ByLayout<String> =
    ByLayout::new(|layout| others(layout, "$1", " AND s.id <> $6", NEWEST_FIRST));

/// The text for one direction. Directions differ in the comparison of a row with the page's
/// start, the check for a row behind it, and the order of reading.
fn text(layout: TableLayout, start: &str, order: &str, behind: &str) -> String {
    let session = sessions::COLUMNS.of_table("s", layout);
    let stored_token = tokens::COLUMNS.of_table("s", layout);
    let (caller, token) = (sessions::COLUMNS.of_subquery("c"), tokens::COLUMNS.of_subquery("c"));
    let identity = identities::COLUMNS.of_table("i", layout);
    let no_device = devices::COLUMNS.nulls();
    let start = format!(" AND s.id <> (SELECT c.id FROM caller c){start}");
    let others = others(layout, "(SELECT c.identity_id FROM caller c)", &start, order);
    format!(
        "
WITH caller AS (
    SELECT s.nid, s.identity_id,
           {session},
           {stored_token}
    FROM sessions s
    WHERE s.token = $1 AND s.nid = $2
)
SELECT {caller},
       {identity},
       {behind},
       {no_device},
       {token}
FROM caller c
JOIN identities i ON i.id = c.identity_id AND i.nid = c.nid
UNION ALL{others}"
    )
}

/// The rows of the other sessions.
fn others(layout: TableLayout, identity: &str, start: &str, order: &str) -> String {
    let session = sessions::COLUMNS.of_table("s", layout);
    let other = sessions::COLUMNS.of_subquery("o");
    let device = devices::COLUMNS.of_table("d", layout);
    let (no_identity, no_page) = (identities::COLUMNS.nulls(), page::COLUMNS.nulls());
    let no_token = tokens::COLUMNS.nulls();
    format!(
        "
SELECT {other},
       {no_identity},
       {no_page},
       {device},
       {no_token}
FROM (
    SELECT s.nid,
           {session}
    FROM sessions s /* of one identity */
    WHERE s.identity_id = {identity} AND s.nid = $2
      AND s.active = TRUE AND s.expires_at > $3{start}
    ORDER BY {order}
    LIMIT $4 OFFSET $5
) o
LEFT JOIN session_devices d ON d.session_id = o.id AND d.nid = o.nid"
    )
}

/// Not null if a row lies behind the page's start.
fn behind(is_behind: &str, order: &str) -> String {
    format!(
        "(
           SELECT s.active
           FROM sessions s /* of one identity */
           WHERE s.identity_id = c.identity_id AND s.nid = c.nid
             AND s.active = TRUE AND s.expires_at > $3 AND s.id <> c.id
             AND {is_behind}
           ORDER BY {order}
           LIMIT 1
       )"
    )
}

/// The statement for a page. Reads one session more than the page has, to find out whether
/// there is a next page.
pub(in crate::database) fn statement(
    layout: TableLayout,
    network: Uuid,
    stored_token: Cow<'_, str>,
    page: PageRequest,
    now: OffsetDateTime,
) -> Statement<'_> {
    let limit = limit(page.size);
    let (texts, start, behind, offset) = match page.start {
        Cursor::Beginning | Cursor::Offset(0) => (&FIRST, None, None, 0),
        Cursor::After(position) => (&FORWARD, Some(position), Some(position), 0),
        // The skipped rows lie behind. If any are skipped, any row at all counts.
        Cursor::Offset(offset) => (&FORWARD, Some(BEGINNING), Some(END), offset),
        Cursor::Before(position) => (&BACKWARD, Some(position), Some(position), 0),
        Cursor::End => (&BACKWARD, Some(END), Some(END), 0),
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
    Statement { text: texts.get(layout), columns: tokens::COLUMNS.end(), arguments }
}

/// The statement for the first page of a known caller, without the caller.
pub(in crate::database) fn first_of_known(
    layout: TableLayout,
    network: Uuid,
    caller: SessionRef,
    size: PageSize,
    now: OffsetDateTime,
) -> Statement<'static> {
    Statement {
        text: FIRST_OF_KNOWN.get(layout),
        columns: tokens::COLUMNS.end(),
        arguments: vec![
            Argument::Id(caller.identity),
            Argument::Id(network),
            Argument::LatestForm(now),
            Argument::Number(limit(size)),
            Argument::Number(0),
            Argument::Id(caller.session),
        ],
    }
}

/// One session more than the page has.
fn limit(size: PageSize) -> i64 {
    i64::try_from(size.get() + 1).unwrap_or(i64::MAX)
}
