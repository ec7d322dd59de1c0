//! The databases: each SQL text once ([`statements`]), and the drivers that
//! bind it, run it and read its rows.
//!
//! To add a database is to add a driver; to add a verb is to add a statement.

mod driver;
mod error;
mod migrations;
mod rows;
mod schema;
mod sessions;
mod sqlite;
mod statements;

use std::sync::Arc;

use secrecy::ExposeSecret as _;

pub use error::OpenError;

use crate::config::{self, Config, Schema};
use crate::repository::SessionRepository;
use driver::Driver;
use sessions::Sessions;
use sqlite::Sqlite;

/// Opens the database that the settings name: its own is migrated first, a
/// Kratos's is checked and left as it is.
pub async fn open(config: &Config) -> Result<Arc<dyn SessionRepository>, OpenError> {
    let driver = connect(&config.database).await?;
    schema::prepare(&driver, config.database.schema).await?;
    let network = schema::network(&driver, config.database.network).await?;
    Ok(Arc::new(Sessions::new(driver, network, config.token_storage())))
}

/// Migrates the service's own database. Gives the newest version.
pub async fn migrate(config: &Config) -> Result<i64, OpenError> {
    if config.database.schema == Schema::Kratos {
        return Err(OpenError::new(
            "database.schema",
            "is \"kratos\": Kratos migrates its database itself, elsewhere never does",
        ));
    }
    let driver = connect(&config.database).await?;
    schema::prepare(&driver, Schema::Own).await?;
    Ok(migrations::newest())
}

/// The driver that the URL's scheme names.
async fn connect(settings: &config::Database) -> Result<impl Driver, OpenError> {
    let url = settings.url.expose_secret();
    match url.split_once(':') {
        Some(("sqlite", _)) => Sqlite::connect(settings).await,
        _ => Err(OpenError::new("database.url", "expected a URL that begins with sqlite://")),
    }
}
