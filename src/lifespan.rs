//! The lifespan of sessions, and its extension.

use std::time::Duration;

use time::OffsetDateTime;

use crate::config;
use crate::session::Session;

/// The rules that determine when a session expires.
#[derive(Debug, Clone, Copy)]
pub struct Lifespan {
    default: Duration,
    /// A session can be extended only in this period before its expiry.
    earliest_extension: Option<Duration>,
    /// No session lives longer than this, however often it is extended.
    absolute: Option<Duration>,
}

impl Lifespan {
    #[must_use]
    pub fn new(settings: &config::Session) -> Self {
        Self {
            default: settings.lifespan,
            earliest_extension: settings.earliest_possible_extend,
            absolute: settings.absolute_lifespan,
        }
    }

    /// The expiry of a session that is issued at `now`, with the requested or the default
    /// lifespan.
    #[must_use]
    pub fn end(&self, requested: Option<Duration>, now: OffsetDateTime) -> OffsetDateTime {
        self.capped(now, now + requested.unwrap_or(self.default))
    }

    /// The expiry of a session that is extended at `now`. `None` if it is too early to extend it.
    #[must_use]
    pub fn extension(&self, session: &Session, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let too_early = |earliest| session.expires_at - earliest > now;
        if self.earliest_extension.is_some_and(too_early) {
            return None;
        }
        Some(self.capped(session.issued_at, now + self.default))
    }

    fn capped(&self, issued_at: OffsetDateTime, end: OffsetDateTime) -> OffsetDateTime {
        self.absolute.map_or(end, |absolute| end.min(issued_at + absolute))
    }
}
