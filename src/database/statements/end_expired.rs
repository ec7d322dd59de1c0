//! Marks expired sessions as ended, a batch at a time.

use time::OffsetDateTime;

use super::super::driver::{Argument, Statement};
use crate::repository::EXPIRED_AT_ONCE;

// The inner subquery is there for MySQL, which takes no LIMIT right under IN.
const TEXT: &str = "
UPDATE sessions
SET active = FALSE, updated_at = $4
WHERE id IN (
    SELECT b.id
    FROM (
        SELECT s.id
        FROM sessions s
        WHERE s.active = TRUE AND s.expires_at <= $1 AND s.nid = $2
        LIMIT $3
    ) b
)";

pub(in crate::database) fn statement(
    network: uuid::Uuid,
    now: OffsetDateTime,
) -> Statement<'static> {
    Statement {
        text: TEXT,
        columns: 0,
        arguments: vec![
            Argument::LatestForm(now),
            Argument::Id(network),
            Argument::Number(EXPIRED_AT_ONCE.cast_signed()),
            Argument::Time(now),
        ],
    }
}
