//! One session with everything that is known of its identity, in one statement.
//!
//! The result has a row for each device of the session, or one row without a device. Beside a
//! Kratos it also has a row for each address of the identity, whose other columns are null.
//! The service's own tables have no addresses. Operators look up a session by its id, and find
//! it even if its identity is missing.

use std::borrow::Cow;

use uuid::Uuid;

use crate::config::Schema;
use crate::database::driver::{Argument, Statement};

/// The columns of [`crate::database::statements::list`]; with addresses, eight more.
const COLUMNS: usize = 27;
const COLUMNS_WITH_ADDRESSES: usize = COLUMNS + 8;

macro_rules! session {
    ($key:literal, $token:literal, $identities:literal, $addresses:literal) => {
        concat!(
            "
SELECT s.id, s.active, s.aal, s.authentication_methods,
       s.issued_at, s.authenticated_at, s.expires_at, s.created_at,
       i.id, i.external_id, i.schema_id, i.state, i.state_changed_at, i.traits,
       i.metadata_public, i.available_aal, i.organization_id, i.created_at, i.updated_at,
       FALSE,
       d.id, d.ip_address, d.user_agent, d.location, d.created_at,
       ",
            $token,
            ", i.metadata_admin",
            $addresses,
            "
FROM sessions s
",
            $identities,
            " identities i ON i.id = s.identity_id AND i.nid = s.nid
LEFT JOIN session_devices d ON d.session_id = s.id AND d.nid = s.nid
WHERE ",
            $key,
            " = $1 AND s.nid = $2"
        )
    };
}

macro_rules! with_addresses {
    ($key:literal, $token:literal, $identities:literal) => {
        concat!(
            session!(
                $key,
                $token,
                $identities,
                ",\n       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
            ),
            "
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       v.id, v.value, v.via, v.status, v.verified, v.verified_at, v.created_at, v.updated_at
FROM sessions s
JOIN identity_verifiable_addresses v ON v.identity_id = s.identity_id AND v.nid = s.nid
WHERE ",
            $key,
            " = $1 AND s.nid = $2
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       r.id, r.value, r.via, NULL, NULL, NULL, r.created_at, r.updated_at
FROM sessions s
JOIN identity_recovery_addresses r ON r.identity_id = s.identity_id AND r.nid = s.nid
WHERE ",
            $key,
            " = $1 AND s.nid = $2"
        )
    };
}

const BY_TOKEN: &str = session!("s.token", "s.token", "JOIN", "");
const BY_ID: &str = session!("s.id", "NULL", "LEFT JOIN", "");
const BY_TOKEN_WITH_ADDRESSES: &str = with_addresses!("s.token", "s.token", "JOIN");
const BY_ID_WITH_ADDRESSES: &str = with_addresses!("s.id", "NULL", "LEFT JOIN");

/// The key by which a session is looked up.
pub(in crate::database) enum Key<'a> {
    StoredToken(Cow<'a, str>),
    Id(Uuid),
}

pub(in crate::database) fn statement(schema: Schema, network: Uuid, key: Key<'_>) -> Statement<'_> {
    let text = match (&key, schema) {
        (Key::StoredToken(_), Schema::Own) => BY_TOKEN,
        (Key::StoredToken(_), Schema::Kratos) => BY_TOKEN_WITH_ADDRESSES,
        (Key::Id(_), Schema::Own) => BY_ID,
        (Key::Id(_), Schema::Kratos) => BY_ID_WITH_ADDRESSES,
    };
    let columns = match schema {
        Schema::Own => COLUMNS,
        Schema::Kratos => COLUMNS_WITH_ADDRESSES,
    };
    let key = match key {
        Key::StoredToken(token) => Argument::Text(token),
        Key::Id(id) => Argument::Id(id),
    };
    Statement { text, columns, arguments: vec![key, Argument::Id(network)] }
}
