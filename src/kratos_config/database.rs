//! Kratos's DSN as the URL of the database.

use crate::kratos_config::output::Output;

/// Writes the section. Without a URL, the service does not start beside a Kratos.
pub(super) fn write(dsn: Option<&str>, output: &mut Output) {
    output.section(&["database"]);
    match dsn.filter(|dsn| !dsn.is_empty()) {
        None => output.check(
            "dsn is not set. Kratos takes it from its variable DSN: set ELSEWHERE_DATABASE__URL \
             to the same value.",
        ),
        Some(dsn) if is_in_memory(dsn) => output.check(
            "dsn is a database in memory, which Kratos cannot share with another program. Give \
             Kratos a file or a server, and set database.url to it.",
        ),
        Some(dsn) => {
            output.text("url", dsn);
            note_pooler(dsn, output);
        }
    }
    output.text("schema", "kratos");
}

fn is_in_memory(dsn: &str) -> bool {
    let is_sqlite = dsn.starts_with("sqlite");
    dsn == "memory" || is_sqlite && (dsn.contains(":memory:") || dsn.contains("mode=memory"))
}

/// Such parameters are set for poolers in transaction mode. They have no effect here.
fn note_pooler(dsn: &str, output: &mut Output) {
    let parameters = dsn.split_once('?').map_or("", |(_, parameters)| parameters).split('&');
    for (key, _) in parameters.filter_map(|pair| pair.split_once('=')).filter(avoids_statements) {
        output.check(format!(
            "dsn: {key} has no effect, because elsewhere uses prepared statements. If this \
             address is that of PgBouncer, it needs session mode (pool_mode = session)."
        ));
    }
}

/// The parameters of PostgreSQL's driver in Go that avoid prepared statements.
fn avoids_statements((key, value): &(&str, &str)) -> bool {
    match *key {
        "default_query_exec_mode" => *value != "cache_statement",
        "prefer_simple_protocol" => !matches!(*value, "false" | "f" | "0"),
        "statement_cache_mode" => *value == "describe",
        "statement_cache_capacity" => *value == "0",
        _ => false,
    }
}
