//! Extends a session.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver::{Argument, Statement};

/// Moves the expiry of a live session later, never earlier.
const TEXT: &str = "
UPDATE sessions
SET expires_at = $4
WHERE id = $1 AND nid = $2 AND active = TRUE AND expires_at > $3 AND expires_at < $5";

pub(in crate::database) fn statement(
    network: Uuid,
    session: Uuid,
    until: OffsetDateTime,
    now: OffsetDateTime,
) -> Statement<'static> {
    Statement {
        text: TEXT,
        columns: 0,
        arguments: vec![
            Argument::Id(session),
            Argument::Id(network),
            Argument::LatestForm(now),
            Argument::Time(until),
            Argument::EarliestForm(until),
        ],
    }
}
