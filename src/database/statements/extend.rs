//! Extends a session: moves its end later, never earlier.
//!
//! In the service's own tables, a session may expire before its end, unless it is used.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Schema;
use crate::database::driver::{Argument, Statement};
use crate::database::statements::lock_and_write::COLUMNS;
use crate::session::Expiry;

macro_rules! lock {
    ($end:literal) => {
        concat!(
            "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.id = $1 AND s.nid = $2 AND s.active = TRUE AND s.expires_at > $3 AND ",
            $end,
            " < $4
FOR UPDATE"
        )
    };
}

const LOCK_OWN: &str = lock!("COALESCE(s.absolute_expires_at, s.expires_at)");
const LOCK_KRATOS: &str = lock!("s.expires_at");

const WRITE_OWN: &str = "
UPDATE sessions
SET expires_at = $5, absolute_expires_at = $6
WHERE id = $1 AND nid = $2 AND active = TRUE AND expires_at > $3
  AND COALESCE(absolute_expires_at, expires_at) < $4";

const WRITE_KRATOS: &str = "
UPDATE sessions
SET expires_at = $5
WHERE id = $1 AND nid = $2 AND active = TRUE AND expires_at > $3 AND expires_at < $4";

/// Reads the session and locks it, if it is live and ends before `until`.
pub(in crate::database) fn lock(
    schema: Schema,
    network: Uuid,
    session: Uuid,
    until: Expiry,
    now: OffsetDateTime,
) -> Statement<'static> {
    let text = match schema {
        Schema::Own => LOCK_OWN,
        Schema::Kratos => LOCK_KRATOS,
    };
    Statement { text, columns: COLUMNS, arguments: condition(network, session, until, now).into() }
}

/// Writes the new end of a session that is locked.
pub(in crate::database) fn write(
    schema: Schema,
    network: Uuid,
    session: Uuid,
    until: Expiry,
    now: OffsetDateTime,
) -> Statement<'static> {
    let mut arguments = Vec::from(condition(network, session, until, now));
    arguments.push(Argument::Time(until.expires_at));
    let text = match schema {
        Schema::Own => {
            arguments.push(Argument::OptionalTime(until.absolute_expires_at));
            WRITE_OWN
        }
        Schema::Kratos => WRITE_KRATOS,
    };
    Statement { text, columns: 0, arguments }
}

fn condition(
    network: Uuid,
    session: Uuid,
    until: Expiry,
    now: OffsetDateTime,
) -> [Argument<'static>; 4] {
    let end = until.absolute_expires_at.unwrap_or(until.expires_at);
    let (session, network) = (Argument::Id(session), Argument::Id(network));
    [session, network, Argument::LatestForm(now), Argument::EarliestForm(end)]
}
