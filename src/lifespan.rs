//! How long a session lives, and how long it can be made to.

use std::time::Duration;

use time::OffsetDateTime;

use crate::config;
use crate::session::Session;

/// The rules for the end of sessions.
#[derive(Debug, Clone, Copy)]
pub struct Lifespan {
    ordinary: Duration,
    /// So long before its end, and not sooner, a session can be extended.
    earliest_extension: Option<Duration>,
    /// No session lives longer than this, however often it is extended.
    absolute: Option<Duration>,
}

impl Lifespan {
    #[must_use]
    pub fn new(settings: &config::Session) -> Self {
        Self {
            ordinary: settings.lifespan,
            earliest_extension: settings.earliest_possible_extend,
            absolute: settings.absolute_lifespan,
        }
    }

    /// When a session ends that is issued at `now`, for as long as was asked or
    /// as sessions live.
    #[must_use]
    pub fn end(&self, asked: Option<Duration>, now: OffsetDateTime) -> OffsetDateTime {
        self.capped(now, now + asked.unwrap_or(self.ordinary))
    }

    /// Until when a session may live on; `None` where it is too early to ask.
    #[must_use]
    pub fn extension(&self, session: &Session, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let too_early = |earliest| session.expires_at - earliest > now;
        if self.earliest_extension.is_some_and(too_early) {
            return None;
        }
        Some(self.capped(session.issued_at, now + self.ordinary))
    }

    fn capped(&self, issued_at: OffsetDateTime, end: OffsetDateTime) -> OffsetDateTime {
        self.absolute.map_or(end, |absolute| end.min(issued_at + absolute))
    }
}
