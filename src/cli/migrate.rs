//! `elsewhere migrate`

use elsewhere::config::Config;
use elsewhere::database;

use super::CliError;

pub(super) async fn run(config: &Config) -> Result<(), CliError> {
    let version = database::migrate(config).await?;
    println!("the database is at version {version}");
    Ok(())
}
