//! Clocks: the time of day, passed in as a value, so that tests control it, and the uptime, which
//! measures intervals.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
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

/// An instant on a clock that never goes back, and that goes on while the machine is suspended. A
/// lease that ends on another clock could outlast a suspension.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uptime {
    nanoseconds: u64,
}

impl Uptime {
    #[cfg(target_os = "linux")]
    const CLOCK: ClockId = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    const CLOCK: ClockId = ClockId::Monotonic;

    #[must_use]
    pub fn now() -> Self {
        let now = clock_gettime(Self::CLOCK);
        let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
        let nanoseconds = u64::try_from(now.tv_nsec).unwrap_or_default();
        Self { nanoseconds: seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds) }
    }

    #[must_use]
    pub fn from_nanoseconds(nanoseconds: u64) -> Self {
        Self { nanoseconds }
    }

    #[must_use]
    pub fn as_nanoseconds(self) -> u64 {
        self.nanoseconds
    }

    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self { nanoseconds: self.nanoseconds.saturating_add(nanoseconds) }
    }

    /// The time since an earlier instant, or zero if it is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.nanoseconds.saturating_sub(earlier.nanoseconds))
    }
}
