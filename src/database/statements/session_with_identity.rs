//! One session with everything that is known of its identity, in one statement.
//!
//! The result has a row for each device of the session, or one row without a device. Beside a
//! Kratos it also has a row for each address of the identity, whose other columns are null.
//! The service's own tables have no addresses. Operators look up a session by its id, and find
//! it even if its identity is missing.

use std::borrow::Cow;

use uuid::Uuid;

use crate::config::Schema;
use crate::database::columns::{
    ColumnGroup, address_times, addresses, details, devices, identities, operators, page, sessions,
    tokens, verification,
};
use crate::database::driver::{Argument, Statement};
use crate::database::statements::by_layout::ByLayout;
use crate::database::table_layout::TableLayout;

static BY_TOKEN: ByLayout<String> = ByLayout::new(|layout| {
    let token = tokens::COLUMNS.of_table("s", layout);
    text(layout, "s.token", &token, "JOIN")
});

static BY_ID: ByLayout<String> = ByLayout::new(|layout| {
    let no_token = tokens::COLUMNS.nulls();
    text(layout, "s.id", &no_token, "LEFT JOIN")
});

/// The columns of an address, and all columns before those.
const ADDRESS: [ColumnGroup; 3] =
    [addresses::COLUMNS, verification::COLUMNS, address_times::COLUMNS];
const BEFORE_ADDRESS: [ColumnGroup; 7] = [
    sessions::COLUMNS,
    identities::COLUMNS,
    page::COLUMNS,
    devices::COLUMNS,
    tokens::COLUMNS,
    details::COLUMNS,
    operators::COLUMNS,
];

fn text(layout: TableLayout, key: &str, token: &str, join: &str) -> String {
    let session = sessions::COLUMNS.of_table("s", layout);
    let identity = identities::COLUMNS.of_table("i", layout);
    let device = devices::COLUMNS.of_table("d", layout);
    let details = details::COLUMNS.of_table("s", layout);
    let for_operators = operators::COLUMNS.of_table("i", layout);
    let (no_address, rows_of_addresses) = match layout.schema {
        Schema::Own => (String::new(), String::new()),
        Schema::Kratos => {
            let no_address = ADDRESS.map(ColumnGroup::nulls).join(", ");
            (format!(",\n       {no_address}"), rows_of_addresses(layout, key))
        }
    };
    format!(
        "
SELECT {session},
       {identity},
       FALSE,
       {device},
       {token}, {details}, {for_operators}{no_address}
FROM sessions s
{join} identities i ON i.id = s.identity_id AND i.nid = s.nid
LEFT JOIN session_devices d ON d.session_id = s.id AND d.nid = s.nid
WHERE {key} = $1 AND s.nid = $2{rows_of_addresses}"
    )
}

/// Addresses for recovery need no verification.
fn rows_of_addresses(layout: TableLayout, key: &str) -> String {
    let no_session = BEFORE_ADDRESS.map(ColumnGroup::nulls).join(",\n       ");
    let address = |alias: &str, verification: &str| {
        let address = addresses::COLUMNS.of_table(alias, layout);
        let times = address_times::COLUMNS.of_table(alias, layout);
        format!("{address}, {verification}, {times}")
    };
    let verifiable = address("v", &verification::COLUMNS.of_table("v", layout));
    let recovery = address("r", &verification::COLUMNS.nulls());
    format!(
        "
UNION ALL
SELECT {no_session},
       {verifiable}
FROM sessions s
JOIN identity_verifiable_addresses v ON v.identity_id = s.identity_id AND v.nid = s.nid
WHERE {key} = $1 AND s.nid = $2
UNION ALL
SELECT {no_session},
       {recovery}
FROM sessions s
JOIN identity_recovery_addresses r ON r.identity_id = s.identity_id AND r.nid = s.nid
WHERE {key} = $1 AND s.nid = $2"
    )
}

/// The key by which a session is looked up.
pub(in crate::database) enum Key<'a> {
    StoredToken(Cow<'a, str>),
    Id(Uuid),
}

pub(in crate::database) fn statement(
    layout: TableLayout,
    network: Uuid,
    key: Key<'_>,
) -> Statement<'_> {
    let columns = match layout.schema {
        Schema::Own => operators::COLUMNS.end(),
        Schema::Kratos => address_times::COLUMNS.end(),
    };
    let (texts, key) = match key {
        Key::StoredToken(token) => (&BY_TOKEN, Argument::Text(token)),
        Key::Id(id) => (&BY_ID, Argument::Id(id)),
    };
    let arguments = vec![key, Argument::Id(network)];
    Statement { text: texts.get(layout), columns, arguments }
}
