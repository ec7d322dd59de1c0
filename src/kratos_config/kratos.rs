//! The keys of a Kratos configuration that have a counterpart here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// The configuration. Other keys are ignored here; `uncarried` reads those about sessions.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct Kratos {
    pub dsn: Option<String>,
    pub secrets: Secrets,
    pub cookies: Cookie,
    pub session: Session,
    pub serve: Serve,
    pub selfservice: SelfService,
    pub feature_flags: FeatureFlags,
    pub log: Log,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct Secrets {
    pub default: Vec<String>,
    pub cookie: Vec<String>,
}

/// The settings of the session cookie, or of all cookies.
#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct Cookie {
    pub name: Option<String>,
    pub domain: Option<String>,
    pub path: Option<String>,
    pub same_site: Option<String>,
    pub persistent: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct Session {
    pub lifespan: Option<GoDuration>,
    pub earliest_possible_extend: Option<GoDuration>,
    pub cookie: Cookie,
    pub whoami: Whoami,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct Whoami {
    pub required_aal: Option<String>,
    pub tokenizer: Tokenizer,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct Tokenizer {
    pub templates: BTreeMap<String, Template>,
}

#[derive(Deserialize)]
#[serde(expecting = "keys and values")]
pub(super) struct Template {
    pub ttl: Option<GoDuration>,
    pub jwks_url: String,
    pub claims_mapper_url: Option<String>,
    pub subject_source: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct Serve {
    pub public: Public,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct Public {
    pub base_url: Option<String>,
    pub cors: Cors,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct Cors {
    pub enabled: bool,
    pub allowed_origins: Option<Vec<String>>,
    pub allowed_headers: Option<Vec<String>>,
    pub allow_credentials: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct SelfService {
    pub methods: Methods,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct Methods {
    pub totp: Method,
    pub lookup_secret: Method,
    pub webauthn: Method,
    pub code: Method,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct Method {
    pub enabled: bool,
    /// Read for the method `code` only.
    pub mfa_enabled: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct FeatureFlags {
    pub cacheable_sessions: bool,
    pub cacheable_sessions_max_age: Option<GoDuration>,
    pub faster_session_extend: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "keys and values")]
pub(super) struct Log {
    pub level: Option<String>,
    pub format: Option<String>,
}

/// A duration in the form that Kratos's schema requires, such as `1h30m`.
pub(super) struct GoDuration(String);

impl GoDuration {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_zero(&self) -> bool {
        !self.0.contains(|digit: char| matches!(digit, '1'..='9'))
    }

    fn is_valid(mut text: &str) -> bool {
        const UNITS: [&str; 6] = ["ns", "us", "ms", "s", "m", "h"];
        let is_set = !text.is_empty();
        while let Some(rest) = Some(text.trim_start_matches(|digit: char| digit.is_ascii_digit()))
            .filter(|rest| rest.len() < text.len())
            .and_then(|rest| UNITS.iter().find_map(|unit| rest.strip_prefix(unit)))
        {
            text = rest;
        }
        is_set && text.is_empty()
    }
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer).ok().filter(|text| Self::is_valid(text));
        text.map(Self).ok_or_else(|| D::Error::custom("expected a duration such as `24h`"))
    }
}
