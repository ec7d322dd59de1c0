//! `elsewhere backup`: copies the SQLite database to a new file.

use std::path::Path;

use elsewhere::config::Config;
use elsewhere::database;
use serde_json::json;

use crate::cli::CliError;
use crate::cli::output::{print_json, print_line};

pub(super) async fn run(config: &Config, file: &Path, json: bool) -> Result<(), CliError> {
    database::back_up(config, file).await?;
    let file = file.display();
    if json {
        return print_json(&json!({"file": file.to_string()}));
    }
    print_line(format_args!("copied the database to {file}"))
}
