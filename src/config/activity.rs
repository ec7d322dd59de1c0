//! Settings of the activity tracker, which records the last use of sessions.

use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::config::deserializers;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    #[serde(deserialize_with = "deserializers::optional_flag")]
    pub(super) enabled: Option<bool>,
    /// A whole number of seconds.
    #[serde(deserialize_with = "interval")]
    pub interval: Duration,
}

fn interval<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    const MAX_INTERVAL: Duration = Duration::from_hours(24);
    let interval = deserializers::duration(deserializer)?;
    let is_whole = interval.subsec_nanos() == 0;
    if !is_whole || interval > MAX_INTERVAL {
        return Err(D::Error::custom("expected whole seconds, at most a day, such as `1m`"));
    }
    Ok(interval)
}
