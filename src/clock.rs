//! The clock. It is passed in as a value, so that tests control the time.

use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;

/// A source of the current time, in UTC. No other code reads the system's clock.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> OffsetDateTime + Send + Sync>);

impl Clock {
    /// The system's clock, truncated to microseconds: nothing finer is stored.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn system() -> Self {
        Self(Arc::new(|| {
            let now = OffsetDateTime::now_utc();
            now.replace_microsecond(now.microsecond()).unwrap_or(now)
        }))
    }

    /// A clock that always returns `time`.
    #[must_use]
    pub fn fixed(time: OffsetDateTime) -> Self {
        Self::new(move || time)
    }

    /// A clock that returns the results of `source`.
    pub fn new(source: impl Fn() -> OffsetDateTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
