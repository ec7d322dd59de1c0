//! Limits on clients and requests.

use std::time::Duration;

use serde::Deserialize;

use crate::config::deserializers;
use crate::config::error::ConfigError;

/// The limits. `config.example.toml` explains each of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    #[serde(deserialize_with = "deserializers::between::<8_192, 1_048_576, _>")]
    pub max_header_bytes: u32,
    #[serde(deserialize_with = "deserializers::between::<10, 1_000, _>")]
    pub max_headers: u32,
    #[serde(deserialize_with = "deserializers::between::<1_024, 16_777_216, _>")]
    pub max_body_bytes: u32,
    #[serde(deserialize_with = "deserializers::duration")]
    pub header_timeout: Duration,
    #[serde(deserialize_with = "deserializers::duration")]
    pub body_timeout: Duration,
    #[serde(deserialize_with = "deserializers::duration")]
    pub request_timeout: Duration,
    #[serde(deserialize_with = "deserializers::duration")]
    pub idle_timeout: Duration,
    #[serde(deserialize_with = "deserializers::between::<1, 1_000_000, _>")]
    pub max_connections: u32,
    #[serde(deserialize_with = "deserializers::between::<1, 1_000_000, _>")]
    pub max_connections_per_client: u32,
    #[serde(deserialize_with = "deserializers::between::<1, 10_000, _>")]
    pub max_concurrent_streams: u32,
    #[serde(deserialize_with = "deserializers::between::<1, 10_000, _>")]
    pub max_pending_resets: u32,
    #[serde(deserialize_with = "deserializers::between::<1, 1_000_000, _>")]
    pub max_concurrent_requests: u32,
    #[serde(deserialize_with = "deserializers::between::<65_536, 4_294_967_295, _>")]
    pub max_pending_response_bytes: u32,
    #[serde(deserialize_with = "deserializers::between::<0, 1_000_000, _>")]
    pub auth_failures_per_minute: u32,
}

impl Limits {
    /// The size of the response buffer of an HTTP/2 stream, in bytes.
    pub const SEND_BUFFER: usize = 64 * 1024;

    /// Checks that a connection does not count as idle before its request times out.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.idle_timeout <= self.body_timeout.saturating_add(self.request_timeout) {
            return Err(ConfigError(
                "limits.idle_timeout: expected more than the sum of limits.body_timeout and \
                 limits.request_timeout"
                    .to_owned(),
            ));
        }
        Ok(())
    }
}
