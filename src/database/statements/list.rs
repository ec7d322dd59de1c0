//! A page of all sessions, or of one identity's, for operators.
//!
//! The page is found by the same seek as in [`crate::database::statements::list_others`]. If
//! a row lies behind the page's start, one more row follows the sessions: all its columns are
//! null but the one that says so.
//!
//! Every session has an identity. The `LEFT JOIN` only keeps SQLite from starting with the
//! identities.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::columns::{details, devices, identities, operators, page, sessions, tokens};
use crate::database::driver::{Argument, Statement};
use crate::database::statements::by_layout::ByLayout;
use crate::database::statements::list_others::{BEGINNING, END};
use crate::database::table_layout::TableLayout;
use crate::pagination::{Cursor, PageRequest, Position};
use crate::repository::Filter;

#[derive(Clone, Copy)]
enum Direction {
    /// From the beginning, without a bound.
    First,
    Forward,
    Backward,
}

/// All texts, by [`text_index`].
static TEXTS: ByLayout<Vec<String>> = ByLayout::new(|layout| {
    let directions = [Direction::First, Direction::Forward, Direction::Backward];
    let mut texts = Vec::new();
    for of_identity in [false, true] {
        for live in [None, Some(true), Some(false)] {
            texts.extend(directions.map(|direction| text(layout, of_identity, live, direction)));
        }
    }
    texts
});

fn text_index(of_identity: bool, live: Option<bool>, direction: Direction) -> usize {
    let live = match live {
        None => 0,
        Some(true) => 1,
        Some(false) => 2,
    };
    (usize::from(of_identity) * 3 + live) * 3 + direction as usize
}

fn text(
    layout: TableLayout,
    of_identity: bool,
    live: Option<bool>,
    direction: Direction,
) -> String {
    let from =
        if of_identity { "sessions s /* of one identity */" } else { "sessions s /* in order */" };
    let of_identity = if of_identity { " AND s.identity_id = $5" } else { "" };
    let live = match live {
        None => "",
        Some(true) => " AND s.active = TRUE AND s.expires_at > $2",
        Some(false) => {
            " AND (COALESCE(s.active, FALSE) <> TRUE OR s.expires_at <= $2 OR s.expires_at IS NULL)"
        }
    };
    let newest = "s.created_at DESC, s.id ASC";
    let oldest = "s.created_at ASC, s.id DESC";
    let (start, order, behind, reverse) = match direction {
        Direction::First => ("", newest, "", ""),
        Direction::Forward => (
            " AND s.created_at <= $7 AND (s.created_at < $6 OR s.id > $8)",
            newest,
            " AND s.created_at >= $9 AND (s.created_at > $10 OR s.id <= $11)",
            oldest,
        ),
        Direction::Backward => (
            " AND s.created_at >= $6 AND (s.created_at > $7 OR s.id < $8)",
            oldest,
            " AND s.created_at <= $10 AND (s.created_at < $9 OR s.id >= $11)",
            newest,
        ),
    };
    let stored = sessions::COLUMNS.of_table("s", layout);
    let session = sessions::COLUMNS.of_subquery("o");
    let identity = identities::COLUMNS.of_table("i", layout);
    let device = devices::COLUMNS.of_table("d", layout);
    let stored_details = details::COLUMNS.of_table("s", layout);
    let session_details = details::COLUMNS.of_subquery("o");
    let for_operators = operators::COLUMNS.of_table("i", layout);
    let no_token = tokens::COLUMNS.nulls();
    let page_of_sessions = format!(
        "
SELECT {session},
       {identity},
       FALSE,
       {device},
       {no_token}, {session_details}, {for_operators}
FROM (
    SELECT s.nid, s.identity_id,
           {stored},
           {stored_details}
    FROM {from}
    WHERE s.nid = $1{of_identity}{live}{start}
    ORDER BY {order}
    LIMIT $3 OFFSET $4
) o
LEFT JOIN identities i ON i.id = o.identity_id AND i.nid = o.nid
LEFT JOIN session_devices d ON d.session_id = o.id AND d.nid = o.nid"
    );
    if matches!(direction, Direction::First) {
        return page_of_sessions;
    }
    let is_behind = page::COLUMNS.of_subquery("b");
    let (no_session, no_identity) = (sessions::COLUMNS.nulls(), identities::COLUMNS.nulls());
    let (no_device, no_details) = (devices::COLUMNS.nulls(), details::COLUMNS.nulls());
    let not_for_operators = operators::COLUMNS.nulls();
    format!(
        "{page_of_sessions}
UNION ALL
SELECT {no_session},
       {no_identity},
       {is_behind},
       {no_device},
       {no_token}, {no_details}, {not_for_operators}
FROM (
    SELECT TRUE AS behind
    FROM {from}
    WHERE s.nid = $1{of_identity}{live}{behind}
    ORDER BY {reverse}
    LIMIT 1
) b"
    )
}

/// The statement for a page. Reads one session more than the page has, to find out whether
/// there is a next page.
pub(in crate::database) fn statement(
    layout: TableLayout,
    network: Uuid,
    filter: Filter,
    page: PageRequest,
    now: OffsetDateTime,
) -> Statement<'static> {
    let (direction, start, behind, offset): (_, Position, Position, u64) = match page.start {
        Cursor::Beginning | Cursor::Offset(0) => (Direction::First, BEGINNING, BEGINNING, 0),
        Cursor::After(position) => (Direction::Forward, position, position, 0),
        Cursor::Offset(offset) => (Direction::Forward, BEGINNING, END, offset),
        Cursor::Before(position) => (Direction::Backward, position, position, 0),
        Cursor::End => (Direction::Backward, END, END, 0),
    };
    let limit = i64::try_from(page.size.get() + 1).unwrap_or(i64::MAX);
    let mut arguments = vec![
        Argument::Id(network),
        Argument::LatestForm(now),
        Argument::Number(limit),
        Argument::Number(i64::try_from(offset).unwrap_or(i64::MAX)),
        Argument::Id(filter.identity.unwrap_or_default()),
    ];
    for position in [start, behind] {
        arguments.extend([
            Argument::EarliestForm(position.created_at),
            Argument::LatestForm(position.created_at),
            Argument::Id(position.id),
        ]);
    }
    let text = &TEXTS.get(layout)[text_index(filter.identity.is_some(), filter.live, direction)];
    Statement { text, columns: operators::COLUMNS.end(), arguments }
}
