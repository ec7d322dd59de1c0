//! Settings of the log of events.

use std::time::Duration;

use serde::Deserialize;
use url::Url;

use crate::config::deserializers;
use crate::config::tokenizer::Source;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    #[serde(deserialize_with = "deserializers::optional_flag")]
    pub(super) enabled: Option<bool>,
    #[serde(deserialize_with = "deserializers::duration")]
    pub retention: Duration,
    /// The issuer of security event tokens. `None` is the base URL.
    #[serde(deserialize_with = "deserializers::optional_web_address")]
    pub issuer: Option<Url>,
    /// The keys that sign security event tokens.
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    pub jwks_url: Option<Source>,
}
