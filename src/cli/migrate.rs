//! `elsewhere migrate`: brings the service's own tables to the newest version.

use elsewhere::config::{Config, Schema};
use elsewhere::database;
use serde_json::json;

use crate::cli::CliError;
use crate::cli::output::{print_json, print_line};

pub(super) async fn run(config: &Config, activity: bool, json: bool) -> Result<(), CliError> {
    if activity && config.database.schema == Schema::Kratos {
        database::make_activity(config).await?;
        return if json {
            print_json(&json!({"table": "elsewhere_activity"}))
        } else {
            print_line("the table elsewhere_activity exists")
        };
    }
    let version = database::migrate(config).await?;
    if json {
        return print_json(&json!({"version": version}));
    }
    print_line(format_args!("the database is at version {version}"))
}
