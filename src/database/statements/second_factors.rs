//! Credentials of an identity that may be second factors, from Kratos's tables only.

use uuid::Uuid;

use crate::database::driver::{Argument, Statement};

/// Without first factors, whose configs are hashes of passwords.
const TEXT: &str = "
SELECT t.name, c.config
FROM identity_credentials c
JOIN identity_credential_types t ON t.id = c.identity_credential_type_id
WHERE c.identity_id = $1 AND c.nid = $2
  AND t.name IN ('totp', 'lookup_secret', 'webauthn', 'code')";

pub(in crate::database) fn of_identity(network: Uuid, identity: Uuid) -> Statement<'static> {
    let arguments = vec![Argument::Id(identity), Argument::Id(network)];
    Statement { text: TEXT, columns: 2, arguments }
}
