//! Reads and writes all fields of one identity, in the service's own tables.

use std::borrow::Cow;
use std::sync::LazyLock;

use uuid::Uuid;

use crate::config::Schema;
use crate::database::columns::{
    ColumnGroup, details, devices, identities, operators, page, sessions, tokens,
};
use crate::database::driver::{Argument, FOR_UPDATE, Statement};
use crate::database::table_layout::TableLayout;
use crate::identity::Identity;
use crate::session::{AssuranceLevel, Json};

/// The columns of other groups are null, so that each column has its usual position.
static READ: LazyLock<String> = LazyLock::new(|| {
    let layout = TableLayout::complete(Schema::Own);
    let identity = identities::COLUMNS.of_table("i", layout);
    let for_operators = operators::COLUMNS.of_table("i", layout);
    let nulls = [page::COLUMNS, devices::COLUMNS, tokens::COLUMNS, details::COLUMNS];
    let nulls = nulls.map(ColumnGroup::nulls).join(", ");
    let no_session = sessions::COLUMNS.nulls();
    format!(
        "
SELECT {no_session},
       {identity},
       {nulls},
       {for_operators}
FROM identities i
WHERE i.id = $1 AND i.nid = $2"
    )
});

static LOCK: LazyLock<String> = LazyLock::new(|| format!("{}{FOR_UPDATE}", *READ));

const WRITE: &str = "
UPDATE identities
SET external_id = $3, schema_id = $4, state = $5, state_changed_at = $6, traits = $7,
    metadata_public = $8, metadata_admin = $9, available_aal = $10, organization_id = $11,
    updated_at = $12
WHERE id = $1 AND nid = $2";

pub(in crate::database) fn read(network: Uuid, identity: Uuid) -> Statement<'static> {
    of(&READ, network, identity)
}

/// Reads the identity, and locks it.
pub(in crate::database) fn lock(network: Uuid, identity: Uuid) -> Statement<'static> {
    of(&LOCK, network, identity)
}

fn of(text: &'static str, network: Uuid, identity: Uuid) -> Statement<'static> {
    let arguments = vec![Argument::Id(identity), Argument::Id(network)];
    Statement { text, columns: operators::COLUMNS.end(), arguments }
}

/// Writes all fields of an identity that is locked.
pub(in crate::database) fn write(network: Uuid, identity: &Identity) -> Statement<'static> {
    let text = |text: &str| Cow::Owned(text.to_owned());
    let json = |json: &Json| text(json.get());
    let level = identity.available_level.map(AssuranceLevel::as_str);
    let arguments = vec![
        Argument::Id(identity.id),
        Argument::Id(network),
        Argument::OptionalText(identity.external_id.as_deref().map(text)),
        Argument::Text(text(&identity.schema_id)),
        Argument::Text(Cow::Borrowed(identity.state.as_str())),
        Argument::OptionalTime(identity.state_changed_at),
        Argument::Json(json(&identity.traits)),
        Argument::OptionalJson(identity.metadata_public.as_ref().map(json)),
        Argument::OptionalJson(identity.metadata_admin.as_ref().map(json)),
        Argument::optional_text(level),
        Argument::OptionalId(identity.organization_id),
        Argument::Time(identity.updated_at),
    ];
    Statement { text: WRITE, columns: 0, arguments }
}
