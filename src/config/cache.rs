//! Settings of answers from memory.

use std::time::Duration;

use serde::Deserialize;
use serde::de::Error as _;

use crate::config::deserializers;

/// The shortest lease. The service looks for changes three times in each.
const MIN_LEASE: Duration = Duration::from_millis(50);
/// The longest lease. The answer to a change waits for it, and has to come in time.
const MAX_LEASE: Duration = Duration::from_secs(1);
/// The least memory: a few hundred sessions.
const MIN_BYTES: u32 = 1024 * 1024;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    #[serde(deserialize_with = "deserializers::optional_flag")]
    pub(super) enabled: Option<bool>,
    /// The memory of the sessions that are kept.
    #[serde(deserialize_with = "deserializers::between::<MIN_BYTES, { u32::MAX }, _>")]
    pub max_bytes: u32,
    /// The time for which a replica answers from memory after it began to look for changes.
    #[serde(deserialize_with = "lease")]
    pub lease: Duration,
    /// The time after which an answer is read again, although no event tells of a change.
    #[serde(deserialize_with = "deserializers::optional_duration")]
    pub max_staleness: Option<Duration>,
}

fn lease<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let lease = deserializers::duration(deserializer)?;
    if (MIN_LEASE..=MAX_LEASE).contains(&lease) {
        Ok(lease)
    } else {
        Err(D::Error::custom("expected a duration between 50ms and 1s"))
    }
}
