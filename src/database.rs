//! The databases: each SQL text once ([`statements`]), and the drivers that
//! bind it, run it and read its rows.
//!
//! To add a database is to add a driver; to add a verb is to add a statement.

mod activity;
mod administration;
mod assemble;
mod decode;
mod driver;
mod driver_error;
mod error;
mod error_class;
mod guarded;
mod hosts;
mod migrations;
mod mysql;
mod pool;
mod postgres;
mod rights;
mod schema;
mod second_factors;
mod sessions;
mod sqlite;
mod statement_cache;
mod statements;
mod unreadable;

use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

pub use error::OpenError;
#[doc(hidden)]
pub use migrations::Version;

use crate::config::{Config, DatabaseKind, Schema};
use crate::repository::SessionRepository;
use driver::Driver;
use guarded::Guarded;
use mysql::MySql;
use postgres::Postgres;
use rights::{Demand, Rights};
use schema::ActivityTable;
use sessions::SqlSessionRepository;
use sqlite::Sqlite;

/// Opens the database that the settings name, to serve from it: its own is migrated first, a
/// Kratos's is checked and left as it is. What this user may not do that serving needs is an
/// error that names the grant.
pub async fn open(config: &Config) -> Result<Arc<dyn SessionRepository>, OpenError> {
    open_as_next_release(config, &[]).await
}

/// Opens it for a command, which needs no more rights than those for what it does.
pub async fn open_for_command(config: &Config) -> Result<Arc<dyn SessionRepository>, OpenError> {
    open_with(config, &[], activity_of(config), Demand::Command).await
}

/// Opens it as a program would that knows these versions, too: how the next release and
/// this one share a database is tested with it.
#[doc(hidden)]
pub async fn open_as_next_release(
    config: &Config,
    further: &[Version],
) -> Result<Arc<dyn SessionRepository>, OpenError> {
    open_with(config, further, activity_of(config), Demand::Serve).await
}

fn activity_of(config: &Config) -> ActivityTable {
    if config.notes_activity() { ActivityTable::Needed } else { ActivityTable::NotNeeded }
}

async fn open_with(
    config: &Config,
    further: &[Version],
    activity: ActivityTable,
    demand: Demand,
) -> Result<Arc<dyn SessionRepository>, OpenError> {
    let settings = &config.database;
    match settings.url.kind() {
        DatabaseKind::Sqlite => {
            prepare(Sqlite::connect(settings).await?, config, further, activity, demand).await
        }
        DatabaseKind::Postgres => {
            prepare(Postgres::connect(settings).await?, config, further, activity, demand).await
        }
        DatabaseKind::MySql => {
            prepare(MySql::connect(settings).await?, config, further, activity, demand).await
        }
    }
}

/// Migrates the service's own database. Gives the newest version.
pub async fn migrate(config: &Config) -> Result<i64, OpenError> {
    if config.database.schema == Schema::Kratos {
        return Err(OpenError::new(
            "database.schema",
            "is \"kratos\": Kratos migrates its database itself, elsewhere never does \
             (but for its own table elsewhere_activity, by `migrate --activity`)",
        ));
    }
    refuse_read_only(config)?;
    open_with(config, &[], activity_of(config), Demand::Migrate).await?.close().await;
    Ok(migrations::newest(migrations::VERSIONS))
}

/// Makes the table of when sessions were last used, where there is none: the one thing
/// that is ever added to a Kratos's database. Our own has it.
pub async fn make_activity(config: &Config) -> Result<(), OpenError> {
    refuse_read_only(config)?;
    open_with(config, &[], ActivityTable::ToBeMade, Demand::Migrate).await?.close().await;
    Ok(())
}

fn refuse_read_only(config: &Config) -> Result<(), OpenError> {
    if config.database.read_only {
        return Err(OpenError::new("database.read_only", "is true: nothing is made or migrated"));
    }
    Ok(())
}

/// Copies the database into a file that is made for it, while others may use it.
/// SQLite's only: servers have tools of their own for that.
pub async fn back_up(config: &Config, to: &Path) -> Result<(), OpenError> {
    let settings = &config.database;
    match settings.url.kind() {
        DatabaseKind::Sqlite => sqlite::back_up(&settings.url, to).await,
        DatabaseKind::Postgres | DatabaseKind::MySql => Err(OpenError::new(
            "database.url",
            "is a server's: back it up with pg_dump, mariadb-dump or mysqldump",
        )),
    }
}

async fn prepare(
    driver: impl Driver,
    config: &Config,
    further: &[Version],
    activity: ActivityTable,
    demand: Demand,
) -> Result<Arc<dyn SessionRepository>, OpenError> {
    match check(&driver, config, further, activity, demand).await {
        Ok((network, rights)) => {
            let driver = Guarded::new(driver, rights, config.database.read_only);
            Ok(Arc::new(SqlSessionRepository::new(driver, network, config)))
        }
        Err(error) => {
            // In order: dropped, connections to SQLite could leave its journal beside the file.
            driver.close().await;
            Err(error)
        }
    }
}

/// Migrates, and finds out whether the database can be used. Gives the network that counts,
/// and what the database's user may do.
async fn check(
    driver: &impl Driver,
    config: &Config,
    further: &[Version],
    activity: ActivityTable,
    demand: Demand,
) -> Result<(Uuid, Rights), OpenError> {
    let versions = [migrations::VERSIONS, further].concat();
    let settings = &config.database;
    let tables = schema::prepare(driver, config, &versions).await?;
    let rights = Rights::probe(driver, config).await?;
    if settings.schema == Schema::Kratos {
        schema::check_kratos(driver, &tables, &rights, activity).await?;
    }
    rights.meet(demand)?;
    driver.load_metadata().await?;
    let network = schema::network(driver, settings.network).await?;
    if demand == Demand::Serve {
        second_factors::check(driver, network, config).await?;
    }
    Ok((network, rights))
}
