//! The recorded Kratos: its databases, its people, its exchanges.

use elsewhere::clock::Clock;
use elsewhere::config::Config;
use serde::Deserialize;
use serde_json::Value;
use sqlx::Connection as _;
use tempfile::TempDir;
use time::macros::datetime;
use tokio::runtime::Runtime;

use crate::service::{Service, config};

pub const SETTINGS: &str = include_str!("../kratos/sqlite/settings.json");
const EXCHANGES: &str = include_str!("../kratos/sqlite/exchanges.json");
const DATABASE: &str = include_str!("../kratos/sqlite/database.sql");

/// One request and what Kratos answered.
#[derive(Debug, Deserialize)]
pub struct Exchange {
    pub name: String,
    /// The `required_aal` that it ran under.
    pub config: String,
    pub side: String,
    pub request: Request,
    pub response: Response,
}

#[derive(Debug, Deserialize)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: serde_json::Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Response {
    pub status: u16,
    pub headers: serde_json::Map<String, Value>,
    pub body: Value,
}

pub fn exchanges() -> Vec<Exchange> {
    serde_json::from_str(EXCHANGES).unwrap()
}

pub fn settings() -> Value {
    serde_json::from_str(SETTINGS).unwrap()
}

/// The recorded database, restored into a file.
pub fn restore() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("kratos.sqlite").display());
    Runtime::new().unwrap().block_on(async {
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(DATABASE).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    folder
}

/// The settings that the recorded Kratos ran under.
pub fn config_for(folder: &TempDir, required_aal: &str) -> Config {
    let recorded = settings();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let secrets: Vec<_> =
        recorded["secrets"]["cookie"].as_array().unwrap().iter().map(text).collect();
    let url = format!("sqlite://{}/kratos.sqlite", folder.path().display());
    config([
        ("database.url", url.as_str()),
        ("database.schema", "kratos"),
        ("session.required_aal", required_aal),
        ("session.lifespan", &text(&recorded["lifespan"])),
        ("session.cookie_name", &text(&recorded["cookie_name"])),
        ("session.cookie_secrets", &secrets.join(",")),
        ("server.base_url", &text(&recorded["public_base_url"])),
        ("cors.allowed_origins", &text(&recorded["cors_allowed_origin"])),
    ])
}

/// The service beside the recorded Kratos, a day after the recording.
pub fn service(folder: &TempDir, required_aal: &str) -> Service {
    let clock = Clock::fixed(datetime!(2026-11-24 09:35 UTC));
    Service::start(&config_for(folder, required_aal), clock)
}
