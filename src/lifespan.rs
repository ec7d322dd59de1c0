//! The lifespan of sessions, and its extension.

use std::time::Duration;

use time::OffsetDateTime;

use crate::config::Config;
use crate::session::{Expiry, Session};

/// The rules that determine when a session expires.
#[derive(Debug, Clone, Copy)]
pub struct Lifespan {
    default: Duration,
    /// A session can be extended only in this period before its expiry.
    earliest_extension: Option<Duration>,
    /// No session lives longer than this, however often it is extended.
    absolute: Option<Duration>,
    /// A session that is not used for this time expires.
    idle: Option<Duration>,
}

impl Lifespan {
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let settings = &config.session;
        Self {
            default: settings.lifespan,
            earliest_extension: settings.earliest_possible_extend,
            absolute: settings.absolute_lifespan,
            idle: config.idle_time(),
        }
    }

    /// The expiry of a session that is issued at `now`, with the requested or the default
    /// lifespan.
    #[must_use]
    pub fn of_new_session(&self, requested: Option<Duration>, now: OffsetDateTime) -> Expiry {
        self.renewal(now, requested.unwrap_or(self.default), now)
    }

    /// The expiry of a session that is renewed at `now` for some time.
    #[must_use]
    pub fn renewal(
        &self,
        issued_at: OffsetDateTime,
        requested: Duration,
        now: OffsetDateTime,
    ) -> Expiry {
        self.idle(self.capped(issued_at, now + requested), now)
    }

    /// The expiry of a session that ends at `end`, and was last used at `used`.
    fn idle(&self, end: OffsetDateTime, used: OffsetDateTime) -> Expiry {
        match self.idle {
            None => Expiry { expires_at: end, absolute_expires_at: None },
            Some(idle) => {
                Expiry { expires_at: end.min(used + idle), absolute_expires_at: Some(end) }
            }
        }
    }

    /// The expiry of a session that is extended at `now`. `None` if it is too early to extend it.
    #[must_use]
    pub fn extension(&self, session: &Session, now: OffsetDateTime) -> Option<Expiry> {
        let too_early = |earliest| session.ends_at() - earliest > now;
        if self.earliest_extension.is_some_and(too_early) {
            return None;
        }
        Some(self.renewal(session.issued_at, self.default, now))
    }

    fn capped(&self, issued_at: OffsetDateTime, end: OffsetDateTime) -> OffsetDateTime {
        self.absolute.map_or(end, |absolute| end.min(issued_at + absolute))
    }
}
