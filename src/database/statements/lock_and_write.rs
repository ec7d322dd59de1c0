//! Sessions to write to: selects their ids and those of their identities, and locks them.
//!
//! Nobody else writes to these sessions until the transaction ends. A session without an
//! expiry counts as live here, so that it can be ended.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::database::statements::in_list;
use crate::database::statements::in_list::Texts;
use crate::repository::{BATCH_SIZE, KeptSessions};

/// The ids of a session and of its identity.
pub(super) const COLUMNS: usize = 2;

const LIVE_OTHERS: &str = "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.identity_id = $4 AND s.nid = $1
  AND s.active = TRUE AND (s.expires_at > $3 OR s.expires_at IS NULL) AND s.id <> $5
LIMIT $2
FOR UPDATE";

const LIVE: &str = "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.active = TRUE AND (s.expires_at > $3 OR s.expires_at IS NULL) AND s.nid = $1
LIMIT $2
FOR UPDATE";

const ALL: &str = "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.nid = $1
LIMIT $2
FOR UPDATE";

const ALL_OF_IDENTITY: &str = "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.identity_id = $2 AND s.nid = $1
FOR UPDATE";

static ACTIVE: Texts = Texts::new(|| {
    in_list::lengths(3, |ids| {
        format!(
            "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.nid = $1 AND s.active = TRUE AND s.id IN ({ids})
LIMIT $2
FOR UPDATE"
        )
    })
});

static BY_IDS: Texts = Texts::new(|| {
    in_list::lengths(3, |ids| {
        format!(
            "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.nid = $1 AND s.id IN ({ids})
LIMIT $2
FOR UPDATE"
        )
    })
});

const LIVE_OTHER: &str = "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.id = $1 AND s.nid = $2 AND s.identity_id = $4 AND s.active = TRUE
  AND (s.expires_at > $3 OR s.expires_at IS NULL)
FOR UPDATE";

static LIVE_OF_IDENTITIES: Texts = Texts::new(|| {
    in_list::lengths(4, |ids| {
        format!(
            "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.nid = $1 AND s.active = TRUE AND (s.expires_at > $3 OR s.expires_at IS NULL) AND s.identity_id IN ({ids})
LIMIT $2
FOR UPDATE"
        )
    })
});

static OF_IDENTITIES: Texts = Texts::new(|| {
    in_list::lengths(3, |ids| {
        format!(
            "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.nid = $1 AND s.identity_id IN ({ids})
LIMIT $2
FOR UPDATE"
        )
    })
});

static LIVE_OF_IDENTITIES_EXCEPT: Texts = Texts::new(|| {
    in_list::lengths(4 + KeptSessions::MAX, |ids| {
        let kept = in_list::kept(4);
        format!(
            "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.nid = $1 AND s.active = TRUE AND (s.expires_at > $3 OR s.expires_at IS NULL)
  AND s.identity_id IN ({ids}) AND s.id NOT IN ({kept})
LIMIT $2
FOR UPDATE"
        )
    })
});

static OF_IDENTITIES_EXCEPT: Texts = Texts::new(|| {
    in_list::lengths(3 + KeptSessions::MAX, |ids| {
        let kept = in_list::kept(3);
        format!(
            "
SELECT s.id, s.identity_id
FROM sessions s
WHERE s.nid = $1 AND s.identity_id IN ({ids}) AND s.id NOT IN ({kept})
LIMIT $2
FOR UPDATE"
        )
    })
});

/// Binds the network as `$1`, and the maximum number of rows as `$2`.
pub(super) fn batch<'a>(
    text: &'static str,
    network: Uuid,
    rest: impl IntoIterator<Item = Argument<'a>>,
) -> Statement<'a> {
    let limit = i64::try_from(BATCH_SIZE).unwrap_or(i64::MAX);
    let arguments = [Argument::Id(network), Argument::Number(limit)].into_iter().chain(rest);
    Statement { text, columns: COLUMNS, arguments: arguments.collect() }
}

pub(in crate::database) fn live_others(
    network: Uuid,
    identity: Uuid,
    session: Uuid,
    now: OffsetDateTime,
) -> Statement<'static> {
    let arguments = [Argument::LatestForm(now), Argument::Id(identity), Argument::Id(session)];
    batch(LIVE_OTHERS, network, arguments)
}

pub(in crate::database) fn live(network: Uuid, now: OffsetDateTime) -> Statement<'static> {
    batch(LIVE, network, [Argument::LatestForm(now)])
}

pub(in crate::database) fn all(network: Uuid) -> Statement<'static> {
    batch(ALL, network, [])
}

/// Those of these sessions that are not marked as ended, even if they have expired.
pub(in crate::database) fn active(network: Uuid, sessions: &[Uuid]) -> Statement<'static> {
    batch(ACTIVE.fitting(sessions), network, in_list::arguments(sessions))
}

pub(in crate::database) fn by_ids(network: Uuid, sessions: &[Uuid]) -> Statement<'static> {
    batch(BY_IDS.fitting(sessions), network, in_list::arguments(sessions))
}

/// The session, if it is live and belongs to this identity.
pub(in crate::database) fn live_other(
    network: Uuid,
    identity: Uuid,
    session: Uuid,
    now: OffsetDateTime,
) -> Statement<'static> {
    let identity = Argument::Id(identity);
    let arguments =
        vec![Argument::Id(session), Argument::Id(network), Argument::LatestForm(now), identity];
    Statement { text: LIVE_OTHER, columns: COLUMNS, arguments }
}

pub(in crate::database) fn live_of_identities(
    network: Uuid,
    identities: &[Uuid],
    now: OffsetDateTime,
) -> Statement<'static> {
    let text = LIVE_OF_IDENTITIES.fitting(identities);
    let now = std::iter::once(Argument::LatestForm(now));
    batch(text, network, now.chain(in_list::arguments(identities)))
}

pub(in crate::database) fn of_identities(network: Uuid, identities: &[Uuid]) -> Statement<'static> {
    batch(OF_IDENTITIES.fitting(identities), network, in_list::arguments(identities))
}

pub(in crate::database) fn live_of_identities_except(
    network: Uuid,
    identities: &[Uuid],
    kept: KeptSessions<'_>,
    now: OffsetDateTime,
) -> Statement<'static> {
    let text = LIVE_OF_IDENTITIES_EXCEPT.fitting(identities);
    let now = std::iter::once(Argument::LatestForm(now));
    let rest = now.chain(in_list::kept_arguments(kept)).chain(in_list::arguments(identities));
    batch(text, network, rest)
}

pub(in crate::database) fn of_identities_except(
    network: Uuid,
    identities: &[Uuid],
    kept: KeptSessions<'_>,
) -> Statement<'static> {
    let rest = in_list::kept_arguments(kept).chain(in_list::arguments(identities));
    batch(OF_IDENTITIES_EXCEPT.fitting(identities), network, rest)
}

/// All sessions of an identity, live or not.
pub(in crate::database) fn all_of_identity(network: Uuid, identity: Uuid) -> Statement<'static> {
    let arguments = vec![Argument::Id(network), Argument::Id(identity)];
    Statement { text: ALL_OF_IDENTITY, columns: COLUMNS, arguments }
}
