//! `elsewhere migrate`: brings the service's own tables to the newest version.

use elsewhere::config::{Config, Schema};
use elsewhere::database;

use crate::cli::CliError;

pub(super) async fn run(config: &Config, activity: bool) -> Result<(), CliError> {
    if activity && config.database.schema == Schema::Kratos {
        database::make_activity(config).await?;
        println!("the table elsewhere_activity exists");
        return Ok(());
    }
    let version = database::migrate(config).await?;
    println!("the database is at version {version}");
    Ok(())
}
