//! The settings: defaults, then a file, then the environment, later ones winning.
//!
//! Everything is parsed here, at the edge; what the rest of the service gets
//! cannot be wrong. Every error is one line that begins with the key.

mod activity;
mod addresses;
mod cookies;
mod database_url;
mod deserializers;
mod layers;
mod limits;
mod secrets;
mod tls;
mod ui;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use http::HeaderValue;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use crate::second_factor::SecondFactor;
use layers::Layers;

pub use activity::Activity;
pub use addresses::{BaseUrl, Listen, TrustedProxies};
pub use cookies::{CookieDomain, CookieName, CookiePath};
pub use database_url::{DatabaseKind, DatabaseUrl};
pub use deserializers::MAX_DURATION;
pub use limits::Limits;
pub use secrets::{AdminToken, CookieSecret};
pub use tls::{AdminTls, Tls};
pub use ui::{Colour, Ui};

/// One line: the key, what was expected, and where the value came from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

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
    pub cors: Cors,
    pub ui: Ui,
    pub log: Log,
    pub traces: Traces,
    pub audit: Audit,
}

/// The public side.
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

/// The admin side.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    pub listen: Listen,
    #[serde(deserialize_with = "secrets::one_or_more")]
    pub tokens: Vec<AdminToken>,
    pub tls: AdminTls,
}

/// Which database, and how it is used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub url: DatabaseUrl,
    pub schema: Schema,
    pub read_only: bool,
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    pub network: Option<Uuid>,
    #[serde(deserialize_with = "deserializers::between::<1, 10_000, _>")]
    pub max_connections: u32,
    #[serde(deserialize_with = "deserializers::between::<1, 10_000, _>")]
    pub max_pending_acquires: u32,
    #[serde(deserialize_with = "deserializers::duration")]
    pub acquire_timeout: Duration,
    #[serde(deserialize_with = "deserializers::duration")]
    pub start_timeout: Duration,
}

/// Whose tables the database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schema {
    Own,
    Kratos,
}

/// What counts as a good session, and how its credentials look.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    #[serde(deserialize_with = "deserializers::duration")]
    pub lifespan: Duration,
    pub required_aal: RequiredLevel,
    pub second_factors: Vec<SecondFactor>,
    pub cookie_name: CookieName,
    pub cookie_secrets: Vec<CookieSecret>,
    pub cookie_persistent: bool,
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    pub cookie_domain: Option<CookieDomain>,
    pub cookie_path: CookiePath,
    #[serde(deserialize_with = "deserializers::optional_duration")]
    pub earliest_possible_extend: Option<Duration>,
    #[serde(deserialize_with = "deserializers::optional_duration")]
    pub absolute_lifespan: Option<Duration>,
    #[serde(deserialize_with = "deserializers::duration")]
    pub retention: Duration,
    #[serde(deserialize_with = "deserializers::optional_duration")]
    prune_interval: Option<Duration>,
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    token_storage: Option<TokenStorage>,
}

/// The assurance level that a session must have reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredLevel {
    Aal1,
    HighestAvailable,
}

/// How a session token stands in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenStorage {
    /// Its SHA-256 in lower-case hexadecimal.
    Sha256,
    /// As it is: what Kratos does.
    Plain,
}

/// Which web pages may call from other origins.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    #[serde(deserialize_with = "deserializers::origins")]
    pub allowed_origins: Vec<HeaderValue>,
}

/// What is logged, and how.
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

/// Where spans go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    pub endpoint: Option<Url>,
}

/// What is told of sessions that are issued, extended and ended.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    pub enabled: bool,
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    pub pseudonym_key: Option<SecretString>,
}

impl Config {
    /// Reads the settings from `file`, if there is one, and from `environment`.
    pub fn load(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        Self::of(&Layers::read(file, environment)?)
    }

    fn of(layers: &Layers) -> Result<Self, ConfigError> {
        let config: Self = layers.deserialize()?;
        config.check()?;
        Ok(config)
    }

    /// The settings in force, as TOML, with what is secret hidden.
    pub fn describe(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
    ) -> Result<String, ConfigError> {
        let layers = Layers::read(file, environment)?;
        let config = Self::of(&layers)?;
        layers.describe(&config)
    }

    /// How tokens are stored, which depends on whose tables these are.
    #[must_use]
    pub fn token_storage(&self) -> TokenStorage {
        match (self.session.token_storage, self.database.schema) {
            (Some(storage), _) => storage,
            (None, Schema::Own) => TokenStorage::Sha256,
            (None, Schema::Kratos) => TokenStorage::Plain,
        }
    }

    /// Whether an identity's credentials decide, beside its row, which level is available:
    /// Kratos keeps them, and trusts them more.
    #[must_use]
    pub fn reads_credentials(&self) -> bool {
        self.database.schema == Schema::Kratos
            && self.session.required_aal == RequiredLevel::HighestAvailable
            && !self.session.second_factors.is_empty()
    }

    /// How often ended sessions are deleted in the background, if at all.
    #[must_use]
    pub fn prune_interval(&self) -> Option<Duration> {
        const HOURLY: Duration = Duration::from_hours(1);
        match (self.session.prune_interval, self.database.schema) {
            (None, Schema::Own) => Some(HOURLY),
            (every, _) => every,
        }
    }

    /// Whether people have a page of their sessions. Beside a Kratos there is another
    /// program that may have one.
    #[must_use]
    pub fn has_page(&self) -> bool {
        self.ui.enabled.unwrap_or(self.database.schema == Schema::Own)
    }

    /// Whether it is noted when sessions were last used. In a Kratos's database the
    /// table for it is made by nobody who was not told to.
    #[must_use]
    pub fn notes_activity(&self) -> bool {
        self.activity.enabled.unwrap_or(self.database.schema == Schema::Own)
    }

    /// What no key can tell alone.
    fn check(&self) -> Result<(), ConfigError> {
        if self.database.schema == Schema::Kratos && self.token_storage() == TokenStorage::Sha256 {
            return Err(ConfigError(
                "session.token_storage: expected \"plain\", as database.schema is \"kratos\" \
                 and Kratos stores tokens as they are"
                    .to_owned(),
            ));
        }
        if !self.admin.listen.is_local() && self.admin.tokens.is_empty() {
            return Err(ConfigError(
                "admin.tokens: expected a token, as admin.listen is not a loopback address"
                    .to_owned(),
            ));
        }
        if self.traces.endpoint.is_some() && cfg!(not(feature = "otlp")) {
            return Err(ConfigError(
                "traces.endpoint: expected none, as this program was built without \
                 `--features otlp`"
                    .to_owned(),
            ));
        }
        self.limits.check()
    }
}
