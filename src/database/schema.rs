//! Whose tables these are: checked before the first request.

use std::borrow::Cow;

use uuid::Uuid;

use super::driver::{Argument, Column, Driver, Row, Statement};
use super::error::OpenError;
use super::migrations;
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

/// Migrates our own tables, or checks Kratos's; refuses the one under the
/// name of the other.
pub(super) async fn prepare(driver: &impl Driver, schema: Schema) -> Result<(), OpenError> {
    // In this order, as another process may migrate in between: who sees its
    // sessions sees its mark too.
    let has_sessions = has_table(driver, "sessions").await?;
    let ours = has_table(driver, migrations::TABLE).await?;
    match schema {
        Schema::Own if has_sessions && !ours => Err(OpenError::new(
            "database.schema",
            "is \"own\", but the database has a table sessions that elsewhere did not make; \
             if Kratos did, set it to \"kratos\"",
        )),
        Schema::Own => migrations::bring_up(driver, ours).await,
        Schema::Kratos if ours => Err(OpenError::new(
            "database.schema",
            "is \"kratos\", but the database is one of elsewhere's own; set it to \"own\"",
        )),
        Schema::Kratos => check(driver).await,
    }
}

async fn has_table(driver: &impl Driver, table: &'static str) -> Result<bool, OpenError> {
    Ok(!columns(driver, table).await?.is_empty())
}

async fn columns<D: Driver>(driver: &D, table: &'static str) -> Result<Vec<String>, OpenError> {
    let arguments = vec![Argument::Text(Cow::Borrowed(table))];
    let statement = Statement { text: D::COLUMNS, columns: 1, arguments };
    let name =
        |row: &D::Row<'_>| Ok(row.text(Column(0, "column_name"))?.unwrap_or_default().to_owned());
    let read = |rows: &[D::Row<'_>]| rows.iter().map(name).collect();
    driver.fetch(statement, read).await.map_err(OpenError::url)
}

async fn check(driver: &impl Driver) -> Result<(), OpenError> {
    let mut missing = Vec::new();
    for (table, needed) in NEEDED {
        let present = columns(driver, table).await?;
        if present.is_empty() {
            missing.push(format!("table {table}"));
            continue;
        }
        let absent = needed.iter().filter(|name| !present.iter().any(|column| column == *name));
        missing.extend(absent.map(|name| format!("column {table}.{name}")));
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
