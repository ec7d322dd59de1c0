//! Makes, changes and deletes identities, in the service's own tables only.

use std::borrow::Cow;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Schema;
use crate::database::driver::{Argument, Driver, Statement};
use crate::identity::{IdentityPatch, State};
use crate::session::AssuranceLevel;

/// Made with the defaults where it is not there, and left alone where it is.
const MAKE: &str = "
INSERT INTO identities (id, nid, schema_id, state, state_changed_at, traits,
                        created_at, updated_at)
SELECT $1, n.id, 'default', 'active', $3, $4, $3, $3
FROM networks n
WHERE n.id = $2 AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.id = $1)";

/// In this order, as MySQL's later assignments see what the earlier ones wrote.
/// As it writes to the row in any case, of two at once one waits for the other.
const CHANGE: &str = "
UPDATE identities
SET state_changed_at = CASE WHEN state <> COALESCE($3, state) THEN $4 ELSE state_changed_at END,
    state = COALESCE($3, state),
    external_id = COALESCE($5, external_id),
    schema_id = COALESCE($6, schema_id),
    traits = COALESCE($7, traits),
    metadata_public = COALESCE($8, metadata_public),
    metadata_admin = COALESCE($9, metadata_admin),
    available_aal = COALESCE($10, available_aal),
    organization_id = COALESCE($11, organization_id),
    updated_at = $4
WHERE id = $1 AND nid = $2 AND (state = 'active' OR COALESCE($3, state) = 'active' OR $12 = TRUE)";

const END_SESSIONS: &str = "
UPDATE sessions
SET active = FALSE, updated_at = $3
WHERE identity_id = $1 AND nid = $2 AND active = TRUE";

/// Who issues a session writes to this row, too.
const LOCK: &str = "
UPDATE identities
SET updated_at = updated_at
WHERE id = $1 AND nid = $2";

/// Its sessions and their devices go with it.
const DELETE: &str = "
DELETE FROM identities
WHERE id = $1 AND nid = $2";

const BY_ADDRESS: &str = "
SELECT v.identity_id, v.value
FROM identity_verifiable_addresses v
WHERE v.nid = $1 AND v.via = 'email' AND v.value = $2
UNION
SELECT r.identity_id, r.value
FROM identity_recovery_addresses r
WHERE r.nid = $1 AND r.via = 'email' AND r.value = $2";

pub(in crate::database) fn make(
    network: Uuid,
    identity: Uuid,
    now: OffsetDateTime,
) -> Statement<'static> {
    Statement {
        text: MAKE,
        columns: 0,
        arguments: vec![
            Argument::Id(identity),
            Argument::Id(network),
            Argument::Time(now),
            Argument::Json("{}"),
        ],
    }
}

/// One that is switched off, and stays so, is changed only `whatever_its_state`.
pub(in crate::database) fn change(
    network: Uuid,
    identity: Uuid,
    change: &IdentityPatch,
    whatever_its_state: bool,
    now: OffsetDateTime,
) -> Statement<'_> {
    Statement {
        text: CHANGE,
        columns: 0,
        arguments: vec![
            Argument::Id(identity),
            Argument::Id(network),
            Argument::optional_text(change.state.map(State::as_str)),
            Argument::Time(now),
            Argument::optional_text(change.external_id.as_deref()),
            Argument::optional_text(change.schema_id.as_deref()),
            Argument::OptionalJson(change.traits.as_ref().map(|json| json.get())),
            Argument::OptionalJson(change.metadata_public.as_ref().map(|json| json.get())),
            Argument::OptionalJson(change.metadata_admin.as_ref().map(|json| json.get())),
            Argument::optional_text(change.available_level.map(AssuranceLevel::as_str)),
            Argument::OptionalId(change.organization_id),
            Argument::Flag(whatever_its_state),
        ],
    }
}

pub(in crate::database) fn end_sessions(
    network: Uuid,
    identity: Uuid,
    now: OffsetDateTime,
) -> Statement<'static> {
    let arguments = vec![Argument::Id(identity), Argument::Id(network), Argument::Time(now)];
    Statement { text: END_SESSIONS, columns: 0, arguments }
}

/// Has who issues a session to this identity wait, and finds out whether it is there.
pub(in crate::database) fn lock(network: Uuid, identity: Uuid) -> Statement<'static> {
    let arguments = vec![Argument::Id(identity), Argument::Id(network)];
    Statement { text: LOCK, columns: 0, arguments }
}

pub(in crate::database) fn delete(network: Uuid, identity: Uuid) -> Statement<'static> {
    let arguments = vec![Argument::Id(identity), Argument::Id(network)];
    Statement { text: DELETE, columns: 0, arguments }
}

/// The identities with an e-mail address, each with the address as it is spelled there:
/// some collations find other spellings. Beside a Kratos as it has put them
/// into its table of addresses, in our own among the traits.
pub(in crate::database) fn by_email<D: Driver>(
    schema: Schema,
    network: Uuid,
    email: &str,
) -> Statement<'_> {
    let text = match schema {
        Schema::Kratos => BY_ADDRESS,
        Schema::Own => D::BY_EMAIL,
    };
    let arguments = vec![Argument::Id(network), Argument::Text(Cow::Borrowed(email))];
    Statement { text, columns: 2, arguments }
}
