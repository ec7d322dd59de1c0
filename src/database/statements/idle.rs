//! Moves the expiry of sessions that expire unless they are used.
//!
//! `absolute_expires_at` is the end that use does not move. A session has it once it has to be
//! used: from its issue, or from its first use after `session.idle_timeout` was set.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::database::statements::in_list;
use crate::database::statements::in_list::Texts;

/// MySQL's second assignment sees the first one, and the others' does not. It is right for both.
static DEFER: Texts = Texts::new(|| {
    in_list::lengths(5, |ids| {
        format!(
            "
UPDATE sessions
SET absolute_expires_at = COALESCE(absolute_expires_at, expires_at),
    expires_at = CASE WHEN COALESCE(absolute_expires_at, expires_at) < $1
                      THEN COALESCE(absolute_expires_at, expires_at) ELSE $2 END
WHERE active = TRUE AND expires_at > $3 AND id IN ({ids})
  AND ((absolute_expires_at IS NULL AND expires_at > $4)
       OR (expires_at < $1 AND expires_at < absolute_expires_at))"
        )
    })
});

/// Sessions that were used at `used` expire at `until`.
pub(in crate::database) fn defer(
    sessions: &[Uuid],
    used: OffsetDateTime,
    until: OffsetDateTime,
) -> Statement<'static> {
    let times = [
        Argument::EarliestForm(until),
        Argument::Time(until),
        Argument::LatestForm(used),
        Argument::LatestForm(until),
    ];
    let arguments = times.into_iter().chain(in_list::arguments(sessions)).collect();
    Statement { text: DEFER.fitting(sessions), columns: 0, arguments }
}
