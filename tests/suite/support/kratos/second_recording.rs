//! The second recording of Kratos: cases that the first lacks. It was made on SQLite and
//! PostgreSQL; for MariaDB, that on SQLite was rewritten with times without fractions.

use elsewhere::clock::Clock;
use serde_json::Value;
use time::macros::datetime;

use crate::support::databases::{Database, Kind};
use crate::support::kratos::Exchange;
use crate::support::service::{Service, config};

macro_rules! file {
    ($kind:expr, $name:literal) => {
        match $kind {
            Kind::Sqlite => include_str!(concat!("../../../kratos/more/sqlite/", $name)),
            Kind::Postgres => include_str!(concat!("../../../kratos/more/postgres/", $name)),
            Kind::MySql => include_str!(concat!("../../../kratos/more/mysql/", $name)),
        }
    };
}

/// The exchanges of one group, such as `factor/`.
pub fn exchanges(kind: Kind, group: &str) -> Vec<Exchange> {
    let all: Vec<Exchange> = serde_json::from_str(file!(kind, "exchanges.json")).unwrap();
    all.into_iter().filter(|exchange| exchange.name.starts_with(group)).collect()
}

/// Restores the recorded database.
pub fn restore(kind: Kind) -> Database {
    let database = Database::empty(kind);
    database.run(file!(kind, "database.sql"));
    database
}

/// Starts the service beside the recorded Kratos in one of its configurations (`aal1`, `highest` or
/// `cache`), one hour after the recording.
pub fn service(database: &Database, configuration: &str) -> Service {
    let required_aal = if configuration == "highest" { "highest_available" } else { "aal1" };
    let cacheable = (configuration == "cache").to_string();
    let recorded: Value = serde_json::from_str(file!(database.kind, "settings.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let templates = templates(&recorded);
    let templates = templates.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let settings = [
        ("database.url", database.url.as_str()),
        ("database.max_connections", "4"),
        ("database.schema", "kratos"),
        ("session.required_aal", required_aal),
        ("session.cacheable", &cacheable),
        ("session.cacheable_max_age", "10m"),
        ("session.lifespan", &text(&recorded["lifespan"])),
        ("session.cookie_secrets", &text(&recorded["secrets"]["cookie"][0])),
        ("server.base_url", &text(&recorded["base_url"])),
    ];
    let config = config(settings.into_iter().chain(templates));
    Service::start(&config, Clock::fixed(datetime!(2026-11-28 20:41 UTC)))
}

/// The settings of the recorded templates, without the one that is refused at the start.
fn templates(recorded: &Value) -> Vec<(String, String)> {
    let templates = recorded["templates"].as_object().unwrap();
    let templates = templates.iter().filter(|(name, _)| *name != "no_alg");
    templates
        .flat_map(|(name, template)| {
            template.as_object().unwrap().iter().map(move |(key, value)| {
                let key = format!("session.tokenizer.templates.{name}.{key}");
                (key, value.as_str().unwrap().to_owned())
            })
        })
        .collect()
}
