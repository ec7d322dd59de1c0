//! The databases: each SQL text once ([`statements`]), and the drivers that
//! bind it, run it and read its rows.
//!
//! To add a database is to add a driver; to add a verb is to add a statement.

mod activity;
mod administration;
mod assemble;
mod driver;
mod driver_error;
mod error;
mod failure;
mod hosts;
mod migrations;
mod mysql;
mod pool;
mod postgres;
mod rewritten;
mod rows;
mod schema;
mod second_factors;
mod sessions;
mod sqlite;
mod statements;
mod unreadable;

use std::path::Path;
use std::sync::Arc;

pub use error::OpenError;

use crate::config::{Config, DatabaseKind, Schema};
use crate::repository::SessionRepository;
use driver::Driver;
use mysql::MySql;
use postgres::Postgres;
use schema::ActivityTable;
use sessions::Sessions;
use sqlite::Sqlite;

/// Opens the database that the settings name: its own is migrated first, a
/// Kratos's is checked and left as it is.
pub async fn open(config: &Config) -> Result<Arc<dyn SessionRepository>, OpenError> {
    let activity =
        if config.notes_activity() { ActivityTable::Needed } else { ActivityTable::NotNeeded };
    open_with(config, activity).await
}

async fn open_with(
    config: &Config,
    activity: ActivityTable,
) -> Result<Arc<dyn SessionRepository>, OpenError> {
    let settings = &config.database;
    match settings.url.kind() {
        DatabaseKind::Sqlite => prepare(Sqlite::connect(settings).await?, config, activity).await,
        DatabaseKind::Postgres => {
            prepare(Postgres::connect(settings).await?, config, activity).await
        }
        DatabaseKind::MySql => prepare(MySql::connect(settings).await?, config, activity).await,
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
    open(config).await?.close().await;
    Ok(migrations::newest())
}

/// Makes the table of when sessions were last used, where there is none: the one thing
/// that is ever added to a Kratos's database. Our own has it.
pub async fn make_activity(config: &Config) -> Result<(), OpenError> {
    open_with(config, ActivityTable::ToBeMade).await?.close().await;
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
    activity: ActivityTable,
) -> Result<Arc<dyn SessionRepository>, OpenError> {
    schema::prepare(&driver, config.database.schema, activity).await?;
    driver.look_around().await?;
    let network = schema::network(&driver, config.database.network).await?;
    second_factors::check(&driver, network, config).await?;
    Ok(Arc::new(Sessions::new(driver, network, config)))
}
