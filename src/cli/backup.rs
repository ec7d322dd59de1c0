//! `elsewhere backup`: copies the SQLite database to a new file.

use std::path::Path;

use elsewhere::config::Config;
use elsewhere::database;

use crate::cli::CliError;

pub(super) async fn run(config: &Config, file: &Path) -> Result<(), CliError> {
    database::back_up(config, file).await?;
    println!("copied the database to {}", file.display());
    Ok(())
}
