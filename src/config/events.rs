//! Settings of the log of events.

use std::time::Duration;

use serde::Deserialize;

use crate::config::deserializers;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    #[serde(deserialize_with = "deserializers::optional_flag")]
    pub(super) enabled: Option<bool>,
    #[serde(deserialize_with = "deserializers::duration")]
    pub retention: Duration,
}
