//! Whose tables these are: checked before the first request.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::driver::{Column, Driver, Row, Statement};
use super::error::OpenError;
use super::migrations::{self, State, Version};
use crate::config::Schema;
use crate::repository::RepositoryError;

/// Every column that is needed beside a Kratos.
const NEEDED: [(&str, &[&str]); 6] = [
    ("networks", &["id"]),
    (
        "identities",
        &[
            "id",
            "nid",
            "external_id",
            "schema_id",
            "state",
            "state_changed_at",
            "traits",
            "metadata_public",
            "metadata_admin",
            "available_aal",
            "organization_id",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "sessions",
        &[
            "id",
            "nid",
            "identity_id",
            "token",
            "active",
            "aal",
            "authentication_methods",
            "issued_at",
            "authenticated_at",
            "expires_at",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "session_devices",
        &["id", "nid", "session_id", "ip_address", "user_agent", "location", "created_at"],
    ),
    (
        "identity_verifiable_addresses",
        &[
            "id",
            "nid",
            "identity_id",
            "value",
            "via",
            "status",
            "verified",
            "verified_at",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "identity_recovery_addresses",
        &["id", "nid", "identity_id", "value", "via", "created_at", "updated_at"],
    ),
];

/// Keeps when sessions were last used.
const ACTIVITY: &str = "elsewhere_activity";

/// What about that table, beside a Kratos. Among our own tables it always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ActivityTable {
    NotNeeded,
    Needed,
    ToBeMade,
}

/// Migrates our own tables, or checks Kratos's; refuses the one under the
/// name of the other.
pub(super) async fn prepare(
    driver: &impl Driver,
    schema: Schema,
    versions: &[Version],
    activity: ActivityTable,
) -> Result<(), OpenError> {
    let known = migrations::newest(versions);
    if schema == Schema::Own {
        match migrations::state(driver, known).await {
            Ok(State::Fit) => return Ok(()),
            Ok(State::TooNew { version, oldest_program }) => {
                return Err(migrations::too_new(version, oldest_program, known));
            }
            // Also where there is no table to read it from.
            Ok(State::Behind) | Err(_) => {}
        }
    }
    // Of one moment, as another process may be migrating.
    let tables = tables(driver).await?;
    let has_sessions = tables.contains_key("sessions");
    let ours = [migrations::TABLE, migrations::BEFORE_RELEASE];
    let ours = ours.iter().any(|table| tables.contains_key(*table));
    match schema {
        Schema::Own if has_sessions && !ours => Err(OpenError::new(
            "database.schema",
            "is \"own\", but the database has a table sessions that elsewhere did not make; \
             if Kratos did, set it to \"kratos\"",
        )),
        Schema::Own => driver.migrate(versions).await,
        Schema::Kratos if ours => Err(OpenError::new(
            "database.schema",
            "is \"kratos\", but the database is one of elsewhere's own; set it to \"own\"",
        )),
        Schema::Kratos => {
            check(&tables)?;
            if tables.contains_key(ACTIVITY) {
                return Ok(());
            }
            add_activity(driver, activity).await
        }
    }
}

async fn add_activity<D: Driver>(driver: &D, activity: ActivityTable) -> Result<(), OpenError> {
    match activity {
        ActivityTable::NotNeeded => Ok(()),
        ActivityTable::Needed => Err(OpenError::new(
            "activity.enabled",
            "there is no table elsewhere_activity; `elsewhere migrate --activity` makes it",
        )),
        ActivityTable::ToBeMade => {
            let make = Statement { text: D::MAKE_ACTIVITY, columns: 0, arguments: Vec::new() };
            driver.execute(vec![make]).await.map(drop).map_err(OpenError::url)
        }
    }
}

/// The columns of each table.
type Tables = HashMap<String, HashSet<String>>;

async fn tables<D: Driver>(driver: &D) -> Result<Tables, OpenError> {
    let statement = Statement { text: D::COLUMNS, columns: 2, arguments: Vec::new() };
    let read = |rows: &[D::Row<'_>]| {
        let mut tables = Tables::new();
        for row in rows {
            let name = |place| row.text(Column(place, "the tables' names"));
            if let (Some(table), Some(column)) = (name(0)?, name(1)?) {
                tables.entry(table.to_owned()).or_default().insert(column.to_owned());
            }
        }
        Ok(tables)
    };
    driver.fetch(statement, read).await.map_err(OpenError::url)
}

fn check(tables: &Tables) -> Result<(), OpenError> {
    let mut missing = Vec::new();
    for (table, needed) in NEEDED {
        match tables.get(table) {
            None => missing.push(format!("table {table}")),
            Some(present) => {
                let absent = needed.iter().filter(|column| !present.contains(**column));
                missing.extend(absent.map(|column| format!("column {table}.{column}")));
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(OpenError::new(
        "database.url",
        format!("this is no Kratos database that elsewhere knows: missing {}", missing.join(", ")),
    ))
}

/// The network that counts: the one named, or the only one.
pub(super) async fn network(driver: &impl Driver, named: Option<Uuid>) -> Result<Uuid, OpenError> {
    let problem = |text: &str| OpenError::new("database.network", text);
    let statement =
        Statement { text: "SELECT id FROM networks", columns: 1, arguments: Vec::new() };
    let networks = driver.fetch(statement, |rows| read_ids(rows)).await.map_err(OpenError::url)?;
    match (named, networks.as_slice()) {
        (Some(id), networks) if networks.contains(&id) => Ok(id),
        (Some(_), _) => Err(problem("the table networks has no row with this id")),
        (None, [only]) => Ok(*only),
        (None, []) => Err(problem("the table networks is empty")),
        (None, _) => Err(problem("expected an id, as the table networks has several rows")),
    }
}

fn read_ids(rows: &[impl Row]) -> Result<Vec<Uuid>, RepositoryError> {
    let ids = rows.iter().filter_map(|row| row.id(Column(0, "networks.id")).transpose());
    Ok(ids.collect::<Result<_, _>>()?)
}
