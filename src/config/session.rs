//! The settings of sessions and of their cookie.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use crate::config::binding::Binding;
use crate::config::cookies::{CookieDomain, CookieName, CookiePath, SameSite};
use crate::config::deserializers;
use crate::config::own_method_name::OwnMethodName;
use crate::config::secrets;
use crate::config::secrets::CookieSecret;
use crate::config::tokenizer::Tokenizer;
use crate::second_factor::SecondFactor;
use crate::session_limit::{LimitPolicy, SessionLimit};

/// The lifetime and requirements of sessions, and the format of their credentials.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    #[serde(deserialize_with = "deserializers::duration")]
    pub lifespan: Duration,
    pub required_aal: RequiredLevel,
    pub authentication_methods: Vec<OwnMethodName>,
    pub second_factors: Vec<SecondFactor>,
    pub cookies: bool,
    pub cookie_name: CookieName,
    #[serde(deserialize_with = "secrets::cookie_secrets")]
    pub cookie_secrets: Vec<CookieSecret>,
    pub cookie_persistent: bool,
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    pub cookie_domain: Option<CookieDomain>,
    pub cookie_path: CookiePath,
    pub cookie_same_site: SameSite,
    pub cacheable: bool,
    #[serde(deserialize_with = "deserializers::optional_duration")]
    pub cacheable_max_age: Option<Duration>,
    #[serde(deserialize_with = "deserializers::optional_duration")]
    pub earliest_possible_extend: Option<Duration>,
    #[serde(deserialize_with = "deserializers::optional_duration")]
    pub absolute_lifespan: Option<Duration>,
    #[serde(deserialize_with = "deserializers::optional_duration")]
    pub(super) idle_timeout: Option<Duration>,
    /// Zero, the default, is no limit.
    #[serde(deserialize_with = "deserializers::between::<0, 1_000_000, _>")]
    max_per_identity: u32,
    limit_policy: LimitPolicy,
    pub binding: Binding,
    #[serde(deserialize_with = "deserializers::duration")]
    pub binding_lifetime: Duration,
    #[serde(deserialize_with = "deserializers::duration")]
    pub binding_grace: Duration,
    #[serde(deserialize_with = "deserializers::duration")]
    pub retention: Duration,
    #[serde(deserialize_with = "deserializers::optional_duration")]
    pub(super) prune_interval: Option<Duration>,
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    pub(super) token_storage: Option<TokenStorage>,
    pub tokenizer: Tokenizer,
}

impl Session {
    /// The number of live sessions that an identity may have. `None` if it may have any number.
    #[must_use]
    pub fn limit(&self) -> Option<SessionLimit> {
        let max = NonZeroU32::new(self.max_per_identity)?;
        Some(SessionLimit { max, policy: self.limit_policy })
    }
}

/// The assurance level that a session must have reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredLevel {
    Aal1,
    HighestAvailable,
}

/// The form in which session tokens are stored in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenStorage {
    /// The SHA-256 of the token, in lower-case hexadecimal.
    Sha256,
    /// The token itself, as Kratos does.
    Plain,
}
