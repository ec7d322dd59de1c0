//! Creates, changes and deletes identities, in the service's own tables only. Finds identities
//! by id and by e-mail address, in a Kratos's tables, too.

use std::borrow::Cow;

use time::OffsetDateTime;
use uuid::Uuid;

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
/// written in any case, so that concurrent changes wait for each other. Its time of change stays if
/// nothing else differs, by the conditions under which there is an event of the change
/// ([`crate::database::statements::events::of_changed_identity`]).
const CHANGE: &str = "
UPDATE identities
SET updated_at = CASE
        WHEN state <> COALESCE($4, state)
          OR ($5 IS NOT NULL AND (external_id IS NULL OR external_id <> $5))
          OR ($6 IS NOT NULL AND schema_id <> $6)
          OR ($7 IS NOT NULL AND traits <> $7)
          OR ($8 IS NOT NULL AND (metadata_public IS NULL OR metadata_public <> $8))
          OR ($9 IS NOT NULL AND (metadata_admin IS NULL OR metadata_admin <> $9))
          OR ($10 IS NOT NULL AND (available_aal IS NULL OR available_aal <> $10))
          OR ($11 IS NOT NULL AND (organization_id IS NULL OR organization_id <> $11))
        THEN $3 ELSE updated_at END,
    state_changed_at = CASE WHEN state <> COALESCE($4, state) THEN $3 ELSE state_changed_at END,
    state = COALESCE($4, state),
    external_id = COALESCE($5, external_id),
    schema_id = COALESCE($6, schema_id),
    traits = COALESCE($7, traits),
    metadata_public = COALESCE($8, metadata_public),
    metadata_admin = COALESCE($9, metadata_admin),
    available_aal = COALESCE($10, available_aal),
    organization_id = COALESCE($11, organization_id)
WHERE id = $1 AND nid = $2 AND (state = 'active' OR COALESCE($4, state) = 'active')";

/// Locks the row. Issuing a session writes to it, too.
const LOCK: &str = "
UPDATE identities
SET updated_at = updated_at
WHERE id = $1 AND nid = $2";

/// The identity's sessions and their devices are deleted with it.
const DELETE: &str = "
DELETE FROM identities
WHERE id = $1 AND nid = $2";

const EXISTS: &str = "
SELECT i.id
FROM identities i
WHERE i.id = $1 AND i.nid = $2";

/// Kratos stores addresses in lower case, so an index finds them.
const BY_ADDRESS: &str = "
SELECT v.identity_id, v.value
FROM identity_verifiable_addresses v
WHERE v.nid = $1 AND v.via = 'email' AND v.value IN ($2, $3)
UNION
SELECT r.identity_id, r.value
FROM identity_recovery_addresses r
WHERE r.nid = $1 AND r.via = 'email' AND r.value IN ($2, $3)";

/// Kratos stores login identifiers in lower case, too.
const BY_LOGIN_IDENTIFIER: &str = "
SELECT c.identity_id, k.identifier
FROM identity_credential_identifiers k
JOIN identity_credentials c ON c.id = k.identity_credential_id
WHERE k.nid = $1 AND k.identifier IN ($2, $3) AND c.nid = $1";

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
            Argument::Json(Cow::Borrowed("{}")),
        ],
    }
}

/// Changes an identity to which a session is issued. One that is inactive and stays so is not
/// changed.
pub(in crate::database) fn change(
    network: Uuid,
    identity: Uuid,
    change: &IdentityPatch,
    now: OffsetDateTime,
) -> Statement<'_> {
    let whose = [Argument::Id(identity), Argument::Id(network)];
    let now = std::iter::once(Argument::Time(now));
    let arguments = whose.into_iter().chain(now).chain(values(change)).collect();
    Statement { text: CHANGE, columns: 0, arguments }
}

/// The values of a patch. Those that it does not change are null.
pub(super) fn values(patch: &IdentityPatch) -> [Argument<'_>; 8] {
    [
        Argument::optional_text(patch.state.map(State::as_str)),
        Argument::optional_text(patch.external_id.as_deref()),
        Argument::optional_text(patch.schema_id.as_deref()),
        Argument::optional_json(patch.traits.as_deref()),
        Argument::optional_json(patch.metadata_public.as_deref()),
        Argument::optional_json(patch.metadata_admin.as_deref()),
        Argument::optional_text(patch.available_level.map(AssuranceLevel::as_str)),
        Argument::OptionalId(patch.organization_id),
    ]
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

/// Reads the identity's id, if the identity exists.
pub(in crate::database) fn exists(network: Uuid, identity: Uuid) -> Statement<'static> {
    let arguments = vec![Argument::Id(identity), Argument::Id(network)];
    Statement { text: EXISTS, columns: 1, arguments }
}

/// The identities with a verifiable or recovery address, each with the address as stored. Only
/// Kratos's tables have addresses.
pub(in crate::database) fn by_address(network: Uuid, email: &str) -> Statement<'_> {
    by_value(BY_ADDRESS, network, email)
}

/// The identities that sign in with an e-mail address, each with the identifier as stored. Only
/// Kratos's tables have login identifiers.
pub(in crate::database) fn by_login_identifier(network: Uuid, email: &str) -> Statement<'_> {
    by_value(BY_LOGIN_IDENTIFIER, network, email)
}

fn by_value<'a>(text: &'static str, network: Uuid, email: &'a str) -> Statement<'a> {
    let spellings = [Cow::Borrowed(email), Cow::Owned(email.to_lowercase())];
    let arguments = [Argument::Id(network)].into_iter();
    let arguments = arguments.chain(spellings.map(Argument::Text)).collect();
    Statement { text, columns: 2, arguments }
}

/// The identities whose traits may have an e-mail address, each with the address as stored. Reads
/// all identities.
pub(in crate::database) fn by_trait<D: Driver>(network: Uuid, email: &str) -> Statement<'static> {
    let arguments = vec![Argument::Id(network), Argument::Text(Cow::Owned(pattern(email)))];
    Statement { text: D::BY_EMAIL, columns: 2, arguments }
}

/// A pattern for the address in lower case. Databases disagree about the case of letters beyond
/// ASCII, so these match anything.
fn pattern(email: &str) -> String {
    let mut pattern = String::with_capacity(email.len());
    for letter in email.to_lowercase().chars() {
        match letter {
            '%' | '_' | '!' => pattern.extend(['!', letter]),
            letter if letter.is_ascii() => pattern.push(letter),
            _ => pattern.push('%'),
        }
    }
    pattern
}
