//! The recorded Kratos: its databases and its HTTP exchanges.

pub mod older_versions;
pub mod second_recording;

use elsewhere::clock::Clock;
use elsewhere::config::Config;
use serde::Deserialize;
use serde_json::Value;
use time::macros::datetime;

use crate::support::databases::{Database, Kind};
use crate::support::jwt::Jwt;
use crate::support::service::{Service, config};

/// The recording on one kind of database: settings, exchanges and a dump of the database.
fn recording(kind: Kind) -> (&'static str, &'static str, &'static str) {
    macro_rules! of {
        ($folder:literal) => {
            (
                include_str!(concat!("../../kratos/", $folder, "/settings.json")),
                include_str!(concat!("../../kratos/", $folder, "/exchanges.json")),
                include_str!(concat!("../../kratos/", $folder, "/database.sql")),
            )
        };
    }
    match kind {
        Kind::Sqlite => of!("sqlite"),
        Kind::Postgres => of!("postgres"),
        Kind::MySql => of!("mysql"),
    }
}

/// A request and the response of Kratos.
#[derive(Debug, Clone, Deserialize)]
pub struct Exchange {
    pub name: String,
    /// The `required_aal` setting during the exchange.
    pub config: String,
    pub side: String,
    pub request: Request,
    pub response: Response,
    /// The header and the claims of the JWT in the response.
    pub jwt: Option<Jwt>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: serde_json::Map<String, Value>,
    pub body: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Response {
    pub status: u16,
    pub headers: serde_json::Map<String, Value>,
    pub body: Value,
}

pub fn exchanges(kind: Kind) -> Vec<Exchange> {
    serde_json::from_str(recording(kind).1).unwrap()
}

pub fn settings(kind: Kind) -> Value {
    serde_json::from_str(recording(kind).0).unwrap()
}

/// Restores the recorded database.
pub fn restore(kind: Kind) -> Database {
    let database = Database::empty(kind);
    database.run(recording(kind).2);
    database.run(credentials(kind));
    database
}

/// Empty credential tables, which the first recording lacks.
fn credentials(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => include_str!("../../kratos/sqlite/credentials.sql"),
        Kind::Postgres => include_str!("../../kratos/postgres/credentials.sql"),
        Kind::MySql => include_str!("../../kratos/mysql/credentials.sql"),
    }
}

/// Settings that match those of the recorded Kratos.
pub fn config_for(database: &Database, required_aal: &str) -> Config {
    config_with(database, required_aal, &[])
}

/// The same with further settings.
pub fn config_with(database: &Database, required_aal: &str, more: &[(&str, &str)]) -> Config {
    let recorded = settings(database.kind);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let secrets: Vec<_> =
        recorded["secrets"]["cookie"].as_array().unwrap().iter().map(text).collect();
    let cookie_name = text(&recorded["cookie_name"]);
    let (lifespan, base_url) = (text(&recorded["lifespan"]), text(&recorded["public_base_url"]));
    let (secrets, origin) = (secrets.join(","), text(&recorded["cors_allowed_origin"]));
    let own = [
        ("database.url", database.url.as_str()),
        ("database.max_connections", "4"),
        ("database.schema", "kratos"),
        ("session.required_aal", required_aal),
        ("session.lifespan", &lifespan),
        ("session.cookie_name", &cookie_name),
        ("session.cookie_secrets", &secrets),
        ("server.base_url", &base_url),
        ("cors.allowed_origins", &origin),
    ];
    config(own.into_iter().chain(more.iter().copied()))
}

/// Starts the service beside the recorded Kratos, with a clock one day after the recording.
pub fn service(database: &Database, required_aal: &str) -> Service {
    service_with(&config_for(database, required_aal))
}

pub fn service_with(config: &Config) -> Service {
    let clock = Clock::fixed(datetime!(2026-11-24 09:35 UTC));
    Service::start(config, clock)
}
