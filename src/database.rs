//! Database access: each SQL text once ([`statements`]), and drivers that bind its arguments,
//! run it and read its rows.
//!
//! A new database needs a driver; a new repository operation needs a statement.

mod activity;
mod administration;
mod assemble;
mod awaited;
mod change;
mod columns;
mod decode;
mod description;
mod driver;
mod driver_error;
mod email_search;
mod error;
mod error_class;
mod event_log;
mod guarded;
mod hosts;
mod identities;
mod inconsistent_row;
mod last_look;
mod migrations;
mod mysql;
mod pool;
mod postgres;
mod replica_registry;
mod rights;
mod schema;
mod second_factors;
mod session_bindings;
mod sessions;
mod sign_ins;
mod sqlite;
mod startup;
mod statement_cache;
mod statements;
mod table_layout;
mod table_watch;
mod trial_reads;
mod unreadable;
mod webhook_store;

use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

pub use error::OpenError;
#[doc(hidden)]
pub use migrations::versions::Version;

use crate::config::{Config, DatabaseKind, Schema};
use crate::repository::SessionRepository;
use driver::Driver;
use guarded::Guarded;
use migrations::versions;
use mysql::MySql;
use postgres::Postgres;
use rights::{Demand, Rights};
use schema::{FeatureTables, OwnTables};
use sessions::SqlSessionRepository;
use sqlite::Sqlite;
use startup::Startup;
use statements::needs::Features;
use table_layout::{CurrentLayout, TableLayout};
use table_watch::TableWatch;

/// Opens the configured database for serving. The service's own database is migrated first; a
/// Kratos database is checked and left unchanged. If the database user lacks a right that
/// serving needs, the error names the grant.
pub async fn open(config: &Config) -> Result<Arc<dyn SessionRepository>, OpenError> {
    open_as_next_release(config, &[]).await
}

/// Opens the database for a command, which needs only the rights for what it does.
pub async fn open_for_command(config: &Config) -> Result<Arc<dyn SessionRepository>, OpenError> {
    open_with(config, &[], tables_of(config), Demand::Command).await
}

/// Opens the database like a release that also knows these versions. Tests use this to run the
/// next release and this one on the same database.
#[doc(hidden)]
pub async fn open_as_next_release(
    config: &Config,
    further: &[Version],
) -> Result<Arc<dyn SessionRepository>, OpenError> {
    open_with(config, further, tables_of(config), Demand::Serve).await
}

/// The tables that these settings need.
fn tables_of(config: &Config) -> FeatureTables {
    let needed = |needed| if needed { OwnTables::Needed } else { OwnTables::NotNeeded };
    FeatureTables { activity: needed(config.notes_activity()), events: needed(config.has_events()) }
}

async fn open_with(
    config: &Config,
    further: &[Version],
    tables: FeatureTables,
    demand: Demand,
) -> Result<Arc<dyn SessionRepository>, OpenError> {
    let settings = &config.database;
    let startup = Startup::begin(settings.start_timeout);
    let opening = Opening { config, further, tables, demand, startup: &startup };
    match settings.url.kind() {
        DatabaseKind::Sqlite => {
            opening.prepare(startup.wait_for(async || Sqlite::connect(settings).await).await?).await
        }
        DatabaseKind::Postgres => {
            opening.prepare(Postgres::connect(settings, &startup).await?).await
        }
        DatabaseKind::MySql => opening.prepare(MySql::connect(settings, &startup).await?).await,
    }
}

/// Migrates the service's own database. Returns the newest version.
pub async fn migrate(config: &Config) -> Result<i64, OpenError> {
    if config.database.schema == Schema::Kratos {
        return Err(OpenError::new(
            "database.schema",
            "is \"kratos\": Kratos migrates its own database; elsewhere only creates tables of its \
             own there, with `migrate --activity` and `migrate --events`",
        ));
    }
    refuse_read_only(config)?;
    open_with(config, &[], tables_of(config), Demand::Migrate).await?.close().await;
    Ok(versions::newest(versions::VERSIONS))
}

/// Tables that are added to a Kratos database on request. The service's own database has them.
#[derive(Debug, Clone, Copy)]
pub struct Additions {
    /// The times when sessions were last used.
    pub activity: bool,
    /// The log of events.
    pub events: bool,
}

/// Creates those of these tables that do not exist. No others are ever added to a Kratos database.
pub async fn add_tables(config: &Config, additions: Additions) -> Result<(), OpenError> {
    refuse_read_only(config)?;
    let made = |made| if made { OwnTables::ToBeMade } else { OwnTables::NotNeeded };
    let Additions { activity, events } = additions;
    let tables = FeatureTables { activity: made(activity), events: made(events) };
    open_with(config, &[], tables, Demand::Migrate).await?.close().await;
    Ok(())
}

fn refuse_read_only(config: &Config) -> Result<(), OpenError> {
    if config.database.read_only {
        return Err(OpenError::new(
            "database.read_only",
            "is true: nothing is created or migrated",
        ));
    }
    Ok(())
}

/// Copies the database into a new file, while others may use it. SQLite only: database servers
/// have their own backup tools.
pub async fn back_up(config: &Config, to: &Path) -> Result<(), OpenError> {
    let settings = &config.database;
    match settings.url.kind() {
        DatabaseKind::Sqlite => sqlite::backup::back_up(&settings.url, to).await,
        DatabaseKind::Postgres | DatabaseKind::MySql => Err(OpenError::new(
            "database.url",
            "names a database server: back it up with pg_dump, mariadb-dump or mysqldump",
        )),
    }
}

/// The purpose for which a database is opened.
struct Opening<'a> {
    config: &'a Config,
    further: &'a [Version],
    tables: FeatureTables,
    demand: Demand,
    startup: &'a Startup,
}

/// A database that can be used: the network in use, the rights of the database user and the layout
/// of the tables.
struct Usable {
    network: Uuid,
    rights: Rights,
    layout: TableLayout,
}

impl Opening<'_> {
    /// Waits until a connected database can be used.
    async fn prepare(&self, driver: impl Driver) -> Result<Arc<dyn SessionRepository>, OpenError> {
        let usable = self.startup.wait_for(async || self.migrate_and_check(&driver).await).await;
        match usable {
            Ok(Usable { network, rights, layout }) => {
                rights.warn_of_others(self.demand);
                let config = self.config;
                let layout = Arc::new(CurrentLayout::new(layout));
                let tables = TableWatch::new(Arc::clone(&layout), rights, self.demand, config);
                let driver = Guarded::new(driver, tables, config.database.read_only);
                Ok(Arc::new(SqlSessionRepository::new(driver, network, layout, config)))
            }
            Err(error) => {
                // An orderly close: dropped SQLite connections could leave the journal beside the
                // file.
                driver.close().await;
                Err(error)
            }
        }
    }

    /// Migrates, and checks that the database can be used.
    async fn migrate_and_check(&self, driver: &impl Driver) -> Result<Usable, OpenError> {
        let Self { config, demand, .. } = *self;
        let versions = [versions::VERSIONS, self.further].concat();
        let settings = &config.database;
        let tables = schema::prepare(driver, config, &versions, demand).await?;
        let layout = match settings.schema {
            Schema::Own => TableLayout::complete(Schema::Own),
            Schema::Kratos => TableLayout::of_kratos(&tables),
        };
        let rights = Rights::probe(driver, Features::of(config), layout).await;
        let rights = rights.map_err(OpenError::url)?;
        if settings.schema == Schema::Kratos {
            schema::check_kratos(driver, &tables, layout, &rights, self.tables).await?;
        }
        rights.meet(demand)?;
        let network = schema::network(driver, settings.network).await?;
        if demand == Demand::Serve {
            second_factors::check(driver, network, config, &tables).await?;
        }
        driver.load_metadata().await?;
        Ok(Usable { network, rights, layout })
    }
}
