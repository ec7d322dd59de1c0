//! Events: written with each change, in its transaction.
//!
//! Changes of one session wait for each other, so the ids of its events have the order of the
//! changes.

use std::borrow::Cow;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::driver::{Argument, Statement};
use crate::database::statements::identities;
use crate::database::statements::in_list;
use crate::database::statements::in_list::Texts;
use crate::event::{Cause, Change, ChangeKind, EventType};
use crate::identity::IdentityPatch;
use crate::repository::SessionRef;
use crate::session::AssuranceLevel;
use crate::session_patch::SessionFields;

macro_rules! insert {
    () => {
        "
INSERT INTO elsewhere_events (nid, type, occurred_at, identity_id, session_id, cause, actor,
                              actor_session_id, actor_address, expires_at)"
    };
}

/// The events of sessions that exist and are locked. A session that had ended before has no cause,
/// unless it has expired and nobody has noted that yet.
static OF_SESSIONS: Texts = Texts::new(|| {
    in_list::lengths(8, |ids| {
        let insert = insert!();
        format!(
            "{insert}
SELECT s.nid, $1, $2, s.identity_id, s.id,
       CASE WHEN s.active = TRUE AND (s.expires_at > $7 OR s.expires_at IS NULL) THEN $3
            WHEN s.active = TRUE THEN 'expired' END,
       $4, $5, $6, s.expires_at
FROM sessions s
WHERE s.id IN ({ids})"
        )
    })
});

/// As above, with the same cause for all: sessions that end at their expiry, or after it.
static OF_ENDING_SESSIONS: Texts = Texts::new(|| {
    in_list::lengths(7, |ids| {
        let insert = insert!();
        format!(
            "{insert}
SELECT s.nid, $1, $2, s.identity_id, s.id, $3, $4, $5, $6, s.expires_at
FROM sessions s
WHERE s.id IN ({ids})"
        )
    })
});

/// As above, for the service's own sessions that have expired, some because they were not used.
static OF_EXPIRED_SESSIONS: Texts = Texts::new(|| {
    in_list::lengths(7, |ids| {
        let insert = insert!();
        format!(
            "{insert}
SELECT s.nid, $1, $2, s.identity_id, s.id,
       CASE WHEN s.absolute_expires_at > s.expires_at THEN 'idle' ELSE $3 END,
       $4, $5, $6, s.expires_at
FROM sessions s
WHERE s.id IN ({ids})"
        )
    })
});

/// A session that is issued.
const OF_NEW_SESSION: &str = concat!(
    insert!(),
    "
VALUES ($1, $2, $3, $4, $5, NULL, $6, $7, $8, $9)"
);

/// A session that was changed, with the levels before and after if they differ.
const OF_CHANGED_SESSION: &str = "
INSERT INTO elsewhere_events (nid, type, occurred_at, identity_id, session_id, actor,
                              actor_session_id, actor_address, expires_at, aal, previous_aal,
                              user_agent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// A session whose use was refused.
const OF_REFUSED_SESSION: &str = "
INSERT INTO elsewhere_events (nid, type, occurred_at, identity_id, session_id, cause, actor,
                              actor_session_id, actor_address, user_agent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// An identity, if it exists.
const OF_IDENTITY: &str = concat!(
    insert!(),
    "
SELECT i.nid, $3, $4, i.id, NULL, NULL, $5, $6, $7, NULL
FROM identities i
WHERE i.id = $1 AND i.nid = $2"
);

/// An identity that a patch makes different, before the patch is applied. The conditions are those
/// of [`crate::database::statements::identities::change`].
const OF_CHANGED_IDENTITY: &str = concat!(
    insert!(),
    "
SELECT i.nid,
       CASE WHEN i.state = 'active' AND COALESCE($7, i.state) <> 'active'
            THEN 'identity.deactivated' ELSE 'identity.changed' END,
       $3, i.id, NULL, NULL, $4, $5, $6, NULL
FROM identities i
WHERE i.id = $1 AND i.nid = $2
  AND (i.state = 'active' OR COALESCE($7, i.state) = 'active')
  AND (i.state <> COALESCE($7, i.state)
       OR ($8 IS NOT NULL AND (i.external_id IS NULL OR i.external_id <> $8))
       OR ($9 IS NOT NULL AND i.schema_id <> $9)
       OR ($10 IS NOT NULL AND i.traits <> $10)
       OR ($11 IS NOT NULL AND (i.metadata_public IS NULL OR i.metadata_public <> $11))
       OR ($12 IS NOT NULL AND (i.metadata_admin IS NULL OR i.metadata_admin <> $12))
       OR ($13 IS NOT NULL AND (i.available_aal IS NULL OR i.available_aal <> $13))
       OR ($14 IS NOT NULL AND (i.organization_id IS NULL OR i.organization_id <> $14)))"
);

/// The arguments about the change itself.
fn circumstances(change: &Change) -> [Argument<'static>; 5] {
    let Change { kind, cause, actor, at, .. } = change;
    [
        Argument::Text(Cow::Borrowed(kind.event_type().as_str())),
        Argument::Time(*at),
        Argument::optional_text(cause.map(Cause::as_str)),
        Argument::Text(Cow::Borrowed(actor.kind().as_str())),
        Argument::OptionalId(actor.session()),
    ]
}

fn address(change: &Change) -> Argument<'static> {
    Argument::OptionalText(change.actor.address().map(|address| address.to_string().into()))
}

/// The events of existing sessions, which have the same change. Only those that are live at the
/// time of the change get its cause.
pub(in crate::database) fn of_sessions(change: &Change, sessions: &[Uuid]) -> Statement<'static> {
    let live = [address(change), Argument::LatestForm(change.at)];
    let arguments = circumstances(change).into_iter().chain(live);
    let arguments = arguments.chain(in_list::arguments(sessions)).collect();
    Statement { text: OF_SESSIONS.fitting(sessions), columns: 0, arguments }
}

/// The events of existing sessions, all of which end, or none.
pub(in crate::database) fn of_ending_sessions(
    change: &Change,
    sessions: &[Uuid],
) -> Statement<'static> {
    let arguments = circumstances(change).into_iter().chain([address(change)]);
    let arguments = arguments.chain(in_list::arguments(sessions)).collect();
    let texts = match change.kind {
        ChangeKind::Expired => &OF_EXPIRED_SESSIONS,
        _ => &OF_ENDING_SESSIONS,
    };
    Statement { text: texts.fitting(sessions), columns: 0, arguments }
}

pub(in crate::database) fn of_new_session(
    network: Uuid,
    identity: Uuid,
    session: Uuid,
    expires_at: OffsetDateTime,
    change: &Change,
) -> Statement<'static> {
    let [event_type, at, _, actor, by_session] = circumstances(change);
    let (identity, session) = (Argument::Id(identity), Argument::Id(session));
    let expires_at = Argument::Time(expires_at);
    let network = Argument::Id(network);
    let address = address(change);
    let arguments =
        vec![network, event_type, at, identity, session, actor, by_session, address, expires_at];
    Statement { text: OF_NEW_SESSION, columns: 0, arguments }
}

/// The event of a session whose fields were changed.
pub(in crate::database) fn of_changed_session(
    network: Uuid,
    session: SessionRef,
    before: &SessionFields,
    after: &SessionFields,
    user_agent: Option<&str>,
    change: &Change,
) -> Statement<'static> {
    let [event_type, at, _, actor, by_session] = circumstances(change);
    let has_level = before.level != after.level;
    let level =
        |level: AssuranceLevel| Argument::optional_text(has_level.then_some(level.as_str()));
    let arguments = vec![
        Argument::Id(network),
        event_type,
        at,
        Argument::Id(session.identity),
        Argument::Id(session.session),
        actor,
        by_session,
        address(change),
        Argument::Time(after.expiry.expires_at),
        level(after.level),
        level(before.level),
        Argument::OptionalText(user_agent.map(|name| name.to_owned().into())),
    ];
    Statement { text: OF_CHANGED_SESSION, columns: 0, arguments }
}

/// The event of a session whose use was refused.
pub(in crate::database) fn of_refused_session<'a>(
    network: Uuid,
    session: SessionRef,
    user_agent: Option<&'a str>,
    change: &Change,
) -> Statement<'a> {
    let [event_type, at, cause, actor, by_session] = circumstances(change);
    let (identity, id) = (Argument::Id(session.identity), Argument::Id(session.session));
    let network = Argument::Id(network);
    let user_agent = Argument::OptionalText(user_agent.map(Cow::Borrowed));
    let address = address(change);
    let arguments =
        vec![network, event_type, at, identity, id, cause, actor, by_session, address, user_agent];
    Statement { text: OF_REFUSED_SESSION, columns: 0, arguments }
}

/// The event of an identity, if it exists.
pub(in crate::database) fn of_identity(
    network: Uuid,
    identity: Uuid,
    event_type: EventType,
    change: &Change,
) -> Statement<'static> {
    let [_, at, _, actor, by_session] = circumstances(change);
    let event_type = Argument::Text(Cow::Borrowed(event_type.as_str()));
    let (identity, network) = (Argument::Id(identity), Argument::Id(network));
    let arguments = vec![identity, network, event_type, at, actor, by_session, address(change)];
    Statement { text: OF_IDENTITY, columns: 0, arguments }
}

/// The event of an identity that `patch` makes different. To be run before the patch is applied.
pub(in crate::database) fn of_changed_identity<'a>(
    network: Uuid,
    identity: Uuid,
    patch: &'a IdentityPatch,
    change: &Change,
) -> Statement<'a> {
    let [_, at, _, actor, by_session] = circumstances(change);
    let (identity, network) = (Argument::Id(identity), Argument::Id(network));
    let mut arguments = vec![identity, network, at, actor, by_session, address(change)];
    arguments.extend(identities::values(patch));
    Statement { text: OF_CHANGED_IDENTITY, columns: 0, arguments }
}
