//! `elsewhere migrate`: brings the service's own tables to the newest version.

use elsewhere::config::{Config, Schema};
use elsewhere::database;
use elsewhere::database::Additions;
use serde_json::json;

use crate::cli::CliError;
use crate::cli::output::{print_json, print_line};

pub(super) async fn run(config: &Config, additions: Additions, json: bool) -> Result<(), CliError> {
    let is_requested = additions.activity || additions.events;
    if is_requested && config.database.schema == Schema::Kratos {
        database::add_tables(config, additions).await?;
        return print_tables(additions, json);
    }
    let version = database::migrate(config).await?;
    if json {
        return print_json(&json!({"version": version}));
    }
    print_line(format_args!("the database is at version {version}"))
}

fn print_tables(Additions { activity, events }: Additions, json: bool) -> Result<(), CliError> {
    let tables = [
        (activity, &["elsewhere_activity"][..]),
        (
            events,
            &[
                "elsewhere_events",
                "elsewhere_event_log",
                "elsewhere_webhooks",
                "elsewhere_undelivered_events",
                "elsewhere_replicas",
            ][..],
        ),
    ];
    for table in tables.into_iter().filter(|(is_made, _)| *is_made).flat_map(|(_, tables)| tables) {
        if json {
            print_json(&json!({"table": table}))?;
        } else {
            print_line(format_args!("the table {table} exists"))?;
        }
    }
    Ok(())
}
