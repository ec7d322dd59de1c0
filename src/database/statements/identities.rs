//! Creates, changes and deletes identities, in the service's own tables only. Finds identities
//! by e-mail address, in a Kratos's tables, too.

use std::borrow::Cow;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Schema;
use crate::database::driver::{Argument, Driver, Statement};
use crate::identity::{IdentityPatch, State};
use crate::session::AssuranceLevel;

/// Creates the identity with the defaults, and leaves an existing one as it is.
const CREATE: &str = "
INSERT INTO identities (id, nid, schema_id, state, state_changed_at, traits,
                        created_at, updated_at)
SELECT $1, n.id, 'default', 'active', $3, $4, $3, $3
FROM networks n
WHERE n.id = $2 AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.id = $1)";

/// The order matters: in MySQL, later assignments see what the earlier ones wrote. The row is
/// written in any case, so that concurrent changes wait for each other.
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

/// Locks the row. Issuing a session writes to it, too.
const LOCK: &str = "
UPDATE identities
SET updated_at = updated_at
WHERE id = $1 AND nid = $2";

/// The identity's sessions and their devices are deleted with it.
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

pub(in crate::database) fn create(
    network: Uuid,
    identity: Uuid,
    now: OffsetDateTime,
) -> Statement<'static> {
    Statement {
        text: CREATE,
        columns: 0,
        arguments: vec![
            Argument::Id(identity),
            Argument::Id(network),
            Argument::Time(now),
            Argument::Json("{}"),
        ],
    }
}

/// Changes an identity. One that is inactive and stays so is changed only if
/// `even_if_inactive`.
pub(in crate::database) fn change(
    network: Uuid,
    identity: Uuid,
    change: &IdentityPatch,
    even_if_inactive: bool,
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
            Argument::Flag(even_if_inactive),
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

/// Makes calls that issue a session to this identity wait, and finds out whether it exists.
pub(in crate::database) fn lock(network: Uuid, identity: Uuid) -> Statement<'static> {
    let arguments = vec![Argument::Id(identity), Argument::Id(network)];
    Statement { text: LOCK, columns: 0, arguments }
}

pub(in crate::database) fn delete(network: Uuid, identity: Uuid) -> Statement<'static> {
    let arguments = vec![Argument::Id(identity), Argument::Id(network)];
    Statement { text: DELETE, columns: 0, arguments }
}

/// The identities with an e-mail address, each with the address in its stored spelling,
/// because some collations match other spellings. Beside a Kratos, addresses are in its
/// tables of addresses; in the service's own database, they are among the traits.
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
