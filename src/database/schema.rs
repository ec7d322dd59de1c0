//! Checks of the tables at startup: the service's own, or Kratos's.

use uuid::Uuid;

use crate::config::{Config, Schema};
use crate::database::awaited::Awaited;
use crate::database::driver::{Column, Driver, Row, Statement};
use crate::database::driver_error::is_forbidden;
use crate::database::error::OpenError;
use crate::database::migrations;
use crate::database::migrations::State;
use crate::database::migrations::versions::{Version, newest};
use crate::database::rights::{Demand, Rights};
use crate::database::statements::needs;
use crate::database::statements::needs::{Features, Need};
use crate::database::table_layout::{TableLayout, Tables};
use crate::repository::RepositoryError;

/// A feature whose tables are the service's own, beside Kratos, too.
struct Feature {
    setting: &'static str,
    tables: &'static [&'static str],
    command: &'static str,
}

const ACTIVITY: Feature = Feature {
    setting: "activity.enabled",
    tables: &["elsewhere_activity"],
    command: "elsewhere migrate --activity",
};
const EVENTS: Feature = Feature {
    setting: "events.enabled",
    tables: &[
        "elsewhere_events",
        "elsewhere_event_log",
        "elsewhere_webhooks",
        "elsewhere_undelivered_events",
        "elsewhere_replicas",
    ],
    command: "elsewhere migrate --events",
};

/// The handling of a feature's tables beside Kratos. The service's own databases always have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnTables {
    NotNeeded,
    Needed,
    ToBeMade,
}

/// The tables of each feature.
#[derive(Debug, Clone, Copy)]
pub(super) struct FeatureTables {
    pub activity: OwnTables,
    pub events: OwnTables,
}

/// Migrates the service's own tables, or reads which tables a Kratos database has. Refuses either
/// kind of database if `database.schema` names the other.
pub(super) async fn prepare<D: Driver>(
    driver: &D,
    config: &Config,
    versions: &[Version],
    demand: Demand,
) -> Result<Tables, OpenError> {
    let database = &config.database;
    let known = newest(versions);
    if database.schema == Schema::Own {
        match migrations::state(driver, known).await {
            Ok(State::Fit) => return Ok(Tables::new()),
            Ok(State::TooNew { version, oldest_program }) => {
                return Err(migrations::too_new(version, oldest_program, known));
            }
            Err(error) if is_forbidden(&error) => {
                let layout = TableLayout::complete(Schema::Own);
                let rights = Rights::probe(driver, Features::of(config), layout).await;
                rights.map_err(OpenError::url)?.meet(Demand::Serve)?;
            }
            // This includes a database without a table of versions.
            Ok(State::Behind) | Err(_) => {}
        }
    }
    // All tables as of one moment, because another process may be migrating.
    let tables = tables(driver).await.map_err(OpenError::url)?;
    let has_sessions = tables.contains_key("sessions");
    let ours = [migrations::TABLE, migrations::BEFORE_RELEASE];
    let ours = ours.iter().any(|table| tables.contains_key(*table));
    match database.schema {
        Schema::Own if has_sessions && !ours => Err(OpenError::new(
            "database.schema",
            "is \"own\", but the database has a table sessions that elsewhere did not create; \
             if Kratos did, set it to \"kratos\"",
        )),
        Schema::Own if database.read_only => Err(OpenError::missing(
            Awaited::Tables,
            "database.read_only",
            "is true, so nothing is migrated, but the tables are missing or older than this \
             program: run `elsewhere migrate` first, without this setting",
        )),
        Schema::Own => match driver.migrate(versions).await {
            Ok(()) => Ok(tables),
            // Another process with another database user may do it.
            Err(error) if error.is_missing_grant() && demand != Demand::Migrate => {
                Err(error.until(Awaited::Tables))
            }
            Err(error) => Err(error),
        },
        Schema::Kratos if ours => Err(OpenError::new(
            "database.schema",
            "is \"kratos\", but the tables are elsewhere's own; set it to \"own\"",
        )),
        Schema::Kratos => Ok(tables),
    }
}

/// Checks Kratos's tables. Creates the service's own table beside them if that was requested.
pub(super) async fn check_kratos<D: Driver>(
    driver: &D,
    tables: &Tables,
    layout: TableLayout,
    rights: &Rights,
    FeatureTables { activity, events }: FeatureTables,
) -> Result<(), OpenError> {
    if tables.is_empty() {
        check_schema_usage(driver).await?;
    }
    check(tables, layout, rights)?;
    for (feature, wanted, create) in
        [(ACTIVITY, activity, D::BESIDE_KRATOS.activity), (EVENTS, events, D::BESIDE_KRATOS.events)]
    {
        let is_there = |table: &&str| tables.contains_key(*table) || rights.hides(table);
        // An earlier creation may have been interrupted after the last table.
        if wanted == OwnTables::ToBeMade || !feature.tables.iter().all(is_there) {
            feature.add(driver, wanted, create).await?;
        }
    }
    Ok(())
}

/// Fails with the missing grant if the tables of a schema are hidden from this user.
async fn check_schema_usage<D: Driver>(driver: &D) -> Result<(), OpenError> {
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
            Err(OpenError::grant("database.url", format!("this user lacks: {grant}")))
        }
    }
}

impl Feature {
    async fn add(
        &self,
        driver: &impl Driver,
        tables: OwnTables,
        create: &'static [&'static str],
    ) -> Result<(), OpenError> {
        match tables {
            OwnTables::NotNeeded => Ok(()),
            OwnTables::Needed => {
                Err(OpenError::missing(Awaited::Tables, self.setting, self.missing()))
            }
            OwnTables::ToBeMade => {
                for text in statements_of(create) {
                    let create = Statement { text, columns: 0, arguments: Vec::new() };
                    driver.execute(vec![create.into()]).await.map_err(OpenError::url)?;
                }
                Ok(())
            }
        }
    }

    fn missing(&self) -> String {
        let command = self.command;
        match self.tables {
            [table] => format!("the table {table} is missing; `{command}` creates it"),
            tables => {
                let tables = tables.join(", ");
                format!("tables are missing, out of {tables}; `{command}` creates them")
            }
        }
    }
}

/// The single statements of these texts, because a prepared text has one.
fn statements_of(texts: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    let statements = texts.iter().flat_map(|text| text.split_inclusive(';'));
    statements.filter(|text| text.contains(';'))
}

/// Reads which tables there are.
pub(super) async fn tables<D: Driver>(driver: &D) -> Result<Tables, RepositoryError> {
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
    driver.fetch(statement, read).await
}

/// Fails if tables or columns that the service reads are missing, and names them. A missing table
/// may still be created. If columns alone are missing, Kratos's version is most likely too old.
fn check(tables: &Tables, layout: TableLayout, rights: &Rights) -> Result<(), OpenError> {
    let missing = missing(tables, needs::of_kratos(layout), rights);
    if missing.is_empty() {
        return Ok(());
    }
    let is_unfinished = needs::of_kratos(layout)
        .any(|need| !rights.hides(need.table) && !tables.contains_key(need.table));
    let missing = missing.join(", ");
    Err(if is_unfinished {
        let problem = format!("Kratos has not migrated this database: missing {missing}");
        OpenError::missing(Awaited::Tables, "database.url", problem)
    } else {
        let problem =
            format!("this is not a Kratos database that elsewhere knows: missing {missing}");
        OpenError::url(problem)
    })
}

/// The names of needed tables and columns that are missing. A table that this user may not read
/// does not count as missing.
pub(super) fn missing(
    tables: &Tables,
    needs: impl Iterator<Item = &'static Need>,
    rights: &Rights,
) -> Vec<String> {
    let mut missing = Vec::new();
    for Need { table, columns, .. } in needs.filter(|need| !rights.hides(need.table)) {
        match tables.get(*table) {
            None => missing.push(format!("table {table}")),
            Some(present) => {
                let absent = columns.iter().filter(|column| !present.contains(**column));
                missing.extend(absent.map(|column| format!("column {table}.{column}")));
            }
        }
    }
    missing
}

/// The network in use: the configured one, or the only one.
pub(super) async fn network(driver: &impl Driver, named: Option<Uuid>) -> Result<Uuid, OpenError> {
    const KEY: &str = "database.network";
    let problem = |text: &str| OpenError::new(KEY, text);
    let statement =
        Statement { text: "SELECT id FROM networks", columns: 1, arguments: Vec::new() };
    let networks = driver.fetch(statement, |rows| read_ids(rows)).await.map_err(OpenError::url)?;
    match (named, networks.as_slice()) {
        (Some(id), networks) if networks.contains(&id) => Ok(id),
        (_, []) => Err(OpenError::missing(
            Awaited::Network,
            KEY,
            "the table networks is empty; Kratos adds its row when it first serves",
        )),
        (Some(_), _) => Err(problem("the table networks has no row with this id")),
        (None, [only]) => Ok(*only),
        (None, _) => Err(problem("expected an id, because the table networks has several rows")),
    }
}

fn read_ids(rows: &[impl Row]) -> Result<Vec<Uuid>, RepositoryError> {
    let ids = rows.iter().filter_map(|row| row.id(Column(0, "networks.id")).transpose());
    Ok(ids.collect::<Result<_, _>>()?)
}
