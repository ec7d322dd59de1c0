//! Counts of the sessions on all pages of a list.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::repository::{Filter, SessionRef};

// The count is read as text, so that the five getters of a row suffice.
macro_rules! text {
    ($($which:expr)*) => {
        concat!("
SELECT CAST(COUNT(*) AS CHAR(20))
FROM sessions s
WHERE s.nid = $1", $($which),*)
    };
}

macro_rules! of_identity {
    () => {
        " AND s.identity_id = $2"
    };
}

macro_rules! live {
    () => {
        " AND s.active = TRUE AND s.expires_at > $3"
    };
}

macro_rules! ended {
    () => {
        " AND (COALESCE(s.active, FALSE) <> TRUE OR s.expires_at <= $3 OR s.expires_at IS NULL)"
    };
}

const OTHERS: &str = text!(of_identity!() live!() " AND s.id <> $4");

/// The caller's other live sessions.
pub(in crate::database) fn others(
    network: Uuid,
    caller: SessionRef,
    now: OffsetDateTime,
) -> Statement<'static> {
    Statement {
        text: OTHERS,
        columns: 1,
        arguments: vec![
            Argument::Id(network),
            Argument::Id(caller.identity),
            Argument::LatestForm(now),
            Argument::Id(caller.session),
        ],
    }
}

/// The sessions that match a filter.
pub(in crate::database) fn filtered(
    network: Uuid,
    filter: Filter,
    now: OffsetDateTime,
) -> Statement<'static> {
    let text = match (filter.identity, filter.live) {
        (None, None) => text!(""),
        (None, Some(true)) => text!(live!()),
        (None, Some(false)) => text!(ended!()),
        (Some(_), None) => text!(of_identity!()),
        (Some(_), Some(true)) => text!(of_identity!() live!()),
        (Some(_), Some(false)) => text!(of_identity!() ended!()),
    };
    let arguments = vec![
        Argument::Id(network),
        Argument::Id(filter.identity.unwrap_or_default()),
        Argument::LatestForm(now),
    ];
    Statement { text, columns: 1, arguments }
}
