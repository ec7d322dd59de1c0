//! Ends or deletes sessions by their ids.
//!
//! Each statement may run twice: the second run finds the work done.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Schema;
use crate::database::driver::{Argument, Statement};
use crate::database::statements::in_list;
use crate::database::statements::in_list::Texts;

/// In a Kratos's rows, only `active` is changed.
static END_KRATOS: Texts = Texts::new(|| {
    in_list::lengths(2, |ids| {
        format!(
            "
UPDATE sessions
SET active = FALSE
WHERE nid = $1 AND active = TRUE AND id IN ({ids})"
        )
    })
});

/// In the service's own rows, `updated_at` records when a session ended.
static END_OWN: Texts = Texts::new(|| {
    in_list::lengths(3, |ids| {
        format!(
            "
UPDATE sessions
SET active = FALSE, updated_at = $2
WHERE nid = $1 AND active = TRUE AND id IN ({ids})"
        )
    })
});

/// For the service's own tables only, and for all networks.
static END_EXPIRED: Texts = Texts::new(|| {
    in_list::lengths(3, |ids| {
        format!(
            "
UPDATE sessions
SET active = FALSE, updated_at = $2
WHERE active = TRUE AND expires_at <= $1 AND id IN ({ids})"
        )
    })
});

static DELETE: Texts = Texts::new(|| {
    in_list::lengths(2, |ids| {
        format!(
            "
DELETE FROM sessions
WHERE nid = $1 AND id IN ({ids})"
        )
    })
});

pub(in crate::database) fn end(
    schema: Schema,
    network: Uuid,
    sessions: &[Uuid],
    now: OffsetDateTime,
) -> Statement<'static> {
    let network = std::iter::once(Argument::Id(network));
    let ids = in_list::arguments(sessions);
    match schema {
        Schema::Kratos => Statement {
            text: END_KRATOS.fitting(sessions),
            columns: 0,
            arguments: network.chain(ids).collect(),
        },
        Schema::Own => Statement {
            text: END_OWN.fitting(sessions),
            columns: 0,
            arguments: network.chain([Argument::Time(now)]).chain(ids).collect(),
        },
    }
}

/// Marks those of these sessions as ended that have expired.
pub(in crate::database) fn end_expired(
    sessions: &[Uuid],
    now: OffsetDateTime,
) -> Statement<'static> {
    let times = [Argument::LatestForm(now), Argument::Time(now)];
    let arguments = times.into_iter().chain(in_list::arguments(sessions)).collect();
    Statement { text: END_EXPIRED.fitting(sessions), columns: 0, arguments }
}

/// Deletes sessions. Their devices are deleted with them.
pub(in crate::database) fn delete(network: Uuid, sessions: &[Uuid]) -> Statement<'static> {
    let network = std::iter::once(Argument::Id(network));
    Statement {
        text: DELETE.fitting(sessions),
        columns: 0,
        arguments: network.chain(in_list::arguments(sessions)).collect(),
    }
}
