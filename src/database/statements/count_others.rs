//! How many other sessions a caller has.

use time::OffsetDateTime;
use uuid::Uuid;

use super::super::driver::{Argument, Statement};
use crate::identity::Caller;

// As text, so that the five getters do.
const TEXT: &str = "
SELECT CAST(COUNT(*) AS CHAR(20))
FROM sessions s
WHERE s.identity_id = $1 AND s.nid = $4
  AND s.active = TRUE AND s.expires_at > $3 AND s.id <> $2";

pub(in crate::database) fn statement(
    network: Uuid,
    caller: &Caller,
    now: OffsetDateTime,
) -> Statement<'static> {
    Statement {
        text: TEXT,
        columns: 1,
        arguments: vec![
            Argument::Id(caller.identity.id),
            Argument::Id(caller.session.id),
            Argument::LatestForm(now),
            Argument::Id(network),
        ],
    }
}
