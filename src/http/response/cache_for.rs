//! The header `Ory-Session-Cache-For`: how long a gateway may reuse an answer of `whoami`.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use time::OffsetDateTime;

use crate::config;

pub(in crate::http) const CACHE_FOR: HeaderName = HeaderName::from_static("ory-session-cache-for");

/// The time for which Kratos lets gateways remember that a request has no credential.
const NO_CREDENTIAL: HeaderValue = HeaderValue::from_static("60");

/// The settings of the header, which Kratos has as feature flags.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct CacheFor {
    is_enabled: bool,
    max_age: Option<Duration>,
}

impl CacheFor {
    pub(in crate::http) fn new(settings: &config::Session) -> Self {
        Self { is_enabled: settings.cacheable, max_age: settings.cacheable_max_age }
    }

    /// The value for a live session: whole seconds, and never beyond its expiry. `None` if the
    /// header is disabled.
    pub(in crate::http) fn session(
        self,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Option<HeaderValue> {
        let remaining = Duration::try_from(expires_at - now).unwrap_or_default();
        let age = self.max_age.map_or(remaining, |max_age| max_age.min(remaining));
        self.is_enabled.then(|| age.as_secs().into())
    }

    /// The value for a request without a credential.
    pub(in crate::http) fn no_credential(self) -> Option<HeaderValue> {
        self.is_enabled.then_some(NO_CREDENTIAL)
    }
}
