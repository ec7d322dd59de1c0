//! The settings: defaults, a file and the environment. Later sources take precedence.
//!
//! All values are parsed and validated here, at the edge: the rest of the service gets valid
//! values only. Every error is one line that begins with the key.

mod activity;
mod addresses;
mod allowed_origin;
mod binding;
mod binding_rules;
mod cache;
mod cookie_rules;
mod cookies;
mod database_url;
mod deserializers;
mod duration;
mod error;
mod events;
mod geoip;
mod in_effect;
mod layers;
mod limits;
mod logo;
mod own_method_name;
mod public_suffix;
mod return_url;
mod rules;
mod secrets;
mod session;
mod stylesheet;
mod text_file;
mod tls;
mod tokenizer;
mod trait_path;
mod trusted_proxies;
mod ui;
mod webhooks;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use http::HeaderName;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use layers::Layers;

pub use activity::Activity;
pub use addresses::{BaseUrl, Listen};
pub use allowed_origin::{AllowedOrigin, AnyPort, Subdomains};
pub use binding::Binding;
pub use cache::Cache;
pub use cookies::{CookieDomain, CookieName, CookiePath, SameSite};
pub use database_url::{DatabaseKind, DatabaseUrl, MAX_CONNECTIONS, PoolLimits};
pub use deserializers::{MAX_DURATION, header_name, origin};
pub use error::ConfigError;
pub use events::Events;
pub use geoip::Geoip;
pub use limits::Limits;
pub use logo::Logo;
pub use own_method_name::OwnMethodName;
pub use return_url::ReturnUrl;
pub use secrets::{AdminToken, CookieSecret};
pub use session::{RequiredLevel, Session, TokenStorage};
pub use tls::{AdminTls, Tls};
pub use tokenizer::{Source, SubjectSource, Template, Tokenizer};
pub use trait_path::TraitPath;
pub use trusted_proxies::TrustedProxies;
pub use ui::{Colour, Ui};
pub use webhooks::{Format, Webhook, WebhookSecret, WebhookUrl};

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub admin: Admin,
    pub limits: Limits,
    pub database: Database,
    pub session: Session,
    pub activity: Activity,
    pub events: Events,
    pub cache: Cache,
    #[serde(deserialize_with = "webhooks::by_name")]
    pub webhooks: BTreeMap<String, Webhook>,
    pub cors: Cors,
    pub ui: Ui,
    pub geoip: Geoip,
    pub log: Log,
    pub traces: Traces,
    pub audit: Audit,
}

/// The public listener.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub listen: Listen,
    pub base_url: BaseUrl,
    pub trusted_proxies: TrustedProxies,
    #[serde(deserialize_with = "deserializers::optional_duration")]
    pub shutdown_delay: Option<Duration>,
    #[serde(deserialize_with = "tls::both_or_none")]
    pub tls: Option<Tls>,
}

/// The admin listener.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    pub listen: Listen,
    #[serde(deserialize_with = "secrets::admin_tokens")]
    pub tokens: Vec<AdminToken>,
    pub tls: AdminTls,
}

/// The database, its connection pool and its timeouts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub url: DatabaseUrl,
    pub schema: Schema,
    pub read_only: bool,
    #[serde(deserialize_with = "deserializers::optional_uuid")]
    pub network: Option<Uuid>,
    #[serde(deserialize_with = "deserializers::between::<1, MAX_CONNECTIONS, _>")]
    pub max_connections: u32,
    #[serde(deserialize_with = "deserializers::between::<1, 10_000, _>")]
    pub max_pending_acquires: u32,
    #[serde(deserialize_with = "deserializers::duration")]
    pub acquire_timeout: Duration,
    #[serde(deserialize_with = "deserializers::duration")]
    pub start_timeout: Duration,
}

/// The owner of the database's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schema {
    Own,
    Kratos,
}

/// The other origins whose web pages may call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    pub allowed_origins: Vec<AllowedOrigin>,
    #[serde(deserialize_with = "deserializers::header_names")]
    pub allowed_headers: Vec<HeaderName>,
}

/// The level and the format of log lines.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: LogLevel,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// The destination of spans.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    #[serde(deserialize_with = "deserializers::optional_web_address")]
    pub endpoint: Option<Url>,
}

/// The audit records of sessions that are issued, extended, revoked or deleted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    pub enabled: bool,
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    pub pseudonym_key: Option<SecretString>,
}

impl Config {
    /// Loads the settings from the defaults, `file` (if given) and `environment`.
    pub fn load(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        Self::of(&Layers::read(file, environment)?)
    }

    /// Parses the text of a settings file, as `load` does. `name` names it in errors.
    pub fn parse(text: &str, name: &str) -> Result<Self, ConfigError> {
        Self::of(&Layers::parse(text, name)?)
    }

    fn of(layers: &Layers) -> Result<Self, ConfigError> {
        let mut config: Self = layers.deserialize()?;
        let database = &mut config.database;
        if let Some(max_connections) = database.url.pool_limits().max_connections
            && !layers.set_explicitly("database.max_connections")
        {
            database.max_connections = max_connections;
        }
        config.check(layers)?;
        Ok(config)
    }

    /// The effective settings as TOML, with the source of each one, and with secrets hidden.
    pub fn describe(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
    ) -> Result<String, ConfigError> {
        let layers = Layers::read(file, environment)?;
        let config = Self::of(&layers)?;
        Ok(layers.describe(&config.database.url, config.database.max_connections))
    }
}
