//! Whose tables these are: checked before the first request.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::config::{Config, Schema};
use crate::database::driver::{Column, Driver, Row, Statement};
use crate::database::error::OpenError;
use crate::database::error_class::is_forbidden;
use crate::database::migrations;
use crate::database::migrations::{State, Version};
use crate::database::rights::{Demand, Rights};
use crate::database::statements::needs;
use crate::database::statements::needs::Need;
use crate::repository::RepositoryError;

/// Keeps when sessions were last used.
const ACTIVITY: &str = "elsewhere_activity";

/// What about that table, beside a Kratos. Among our own tables it always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ActivityTable {
    NotNeeded,
    Needed,
    ToBeMade,
}

/// Migrates our own tables, or looks which tables a Kratos's database has; refuses the one
/// under the name of the other.
pub(super) async fn prepare<D: Driver>(
    driver: &D,
    config: &Config,
    versions: &[Version],
) -> Result<Tables, OpenError> {
    let database = &config.database;
    let known = migrations::newest(versions);
    if database.schema == Schema::Own {
        match migrations::state(driver, known).await {
            Ok(State::Fit) => return Ok(Tables::new()),
            Ok(State::TooNew { version, oldest_program }) => {
                return Err(migrations::too_new(version, oldest_program, known));
            }
            Err(error) if is_forbidden(&error) => {
                Rights::probe(driver, config).await?.meet(Demand::Serve)?;
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
    match database.schema {
        Schema::Own if has_sessions && !ours => Err(OpenError::new(
            "database.schema",
            "is \"own\", but the database has a table sessions that elsewhere did not make; \
             if Kratos did, set it to \"kratos\"",
        )),
        Schema::Own if database.read_only => Err(OpenError::new(
            "database.read_only",
            "is true, so nothing is migrated, and the tables are older than this program, or \
             not there: run `elsewhere migrate` first, without it",
        )),
        Schema::Own => driver.migrate(versions).await.map(|()| tables),
        Schema::Kratos if ours => Err(OpenError::new(
            "database.schema",
            "is \"kratos\", but the database is one of elsewhere's own; set it to \"own\"",
        )),
        Schema::Kratos => Ok(tables),
    }
}

/// Checks a Kratos's tables, and makes the one that is ours where that was asked for.
pub(super) async fn check_kratos<D: Driver>(
    driver: &D,
    tables: &Tables,
    rights: &Rights,
    activity: ActivityTable,
) -> Result<(), OpenError> {
    if tables.is_empty() {
        sees_schemas(driver).await?;
    }
    check(tables, rights)?;
    let is_hidden = rights.hides(ACTIVITY) && activity != ActivityTable::ToBeMade;
    if tables.contains_key(ACTIVITY) || is_hidden {
        return Ok(());
    }
    add_activity(driver, activity).await
}

async fn sees_schemas<D: Driver>(driver: &D) -> Result<(), OpenError> {
    let (Some(text), Some(user)) = (D::HIDDEN_SCHEMAS, D::GRANTEE) else {
        return Ok(());
    };
    let first = |text| async move {
        let statement = Statement { text, columns: 1, arguments: Vec::new() };
        let read = |rows: &[D::Row<'_>]| {
            let name = rows.first().map(|row| row.text(Column(0, "a name"))).transpose()?;
            Ok(name.flatten().map(str::to_owned))
        };
        driver.fetch(statement, read).await.map_err(OpenError::url)
    };
    match first(text).await? {
        None => Ok(()),
        Some(schema) => {
            let user = first(user).await?.unwrap_or_default();
            let grant = format!("GRANT USAGE ON SCHEMA {schema} TO {user}");
            Err(OpenError::url(format!("this user lacks: {grant}")))
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
pub(super) type Tables = HashMap<String, HashSet<String>>;

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

/// Names what is missing of the tables that are read. A table that this user may not read
/// is not missing.
fn check(tables: &Tables, rights: &Rights) -> Result<(), OpenError> {
    let mut missing = Vec::new();
    let visible = needs::of_kratos().filter(|need| !rights.hides(need.table));
    for Need { table, columns, .. } in visible {
        match tables.get(*table) {
            None => missing.push(format!("table {table}")),
            Some(present) => {
                let absent = columns.iter().filter(|column| !present.contains(**column));
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
