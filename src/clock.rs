//! The time, handed in, so that tests own it.

use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;

/// Tells the time, in UTC. The one place that asks the system for it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> OffsetDateTime + Send + Sync>);

impl Clock {
    /// The system's clock, cut to microseconds: nothing finer is stored.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn system() -> Self {
        Self(Arc::new(|| {
            let now = OffsetDateTime::now_utc();
            now.replace_microsecond(now.microsecond()).unwrap_or(now)
        }))
    }

    /// A clock that always tells `time`.
    #[must_use]
    pub fn fixed(time: OffsetDateTime) -> Self {
        Self::new(move || time)
    }

    /// A clock that tells what `tell` does.
    pub fn new(tell: impl Fn() -> OffsetDateTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Now.
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
