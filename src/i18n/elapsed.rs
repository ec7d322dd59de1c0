//! The time that has passed, as people say it.

use time::{Duration, OffsetDateTime};

/// The time since an instant, in the largest unit that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elapsed {
    /// Less than a minute. Also an instant in the future, which another clock has written.
    Now,
    Minutes(u64),
    Hours(u64),
    Days(u64),
    Months(u64),
    Years(u64),
}

const DAYS_PER_YEAR: u64 = 365;

impl Elapsed {
    #[must_use]
    pub fn between(then: OffsetDateTime, now: OffsetDateTime) -> Self {
        let elapsed = (now - then).max(Duration::ZERO);
        let whole = |number: i64| u64::try_from(number).unwrap_or_default();
        let days = whole(elapsed.whole_days());
        match (days, whole(elapsed.whole_hours()), whole(elapsed.whole_minutes())) {
            (0, 0, 0) => Self::Now,
            (0, 0, minutes) => Self::Minutes(minutes),
            (0, hours, _) => Self::Hours(hours),
            (..30, ..) => Self::Days(days),
            (..DAYS_PER_YEAR, ..) => Self::Months((days * 12 / DAYS_PER_YEAR).max(1)),
            _ => Self::Years(days / DAYS_PER_YEAR),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use time::{Duration, OffsetDateTime};

    use super::Elapsed;

    #[test]
    fn largest_unit_that_fits_is_used() {
        const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
        for (elapsed, expected) in [
            (Duration::seconds(-3600), Elapsed::Now),
            (Duration::seconds(59), Elapsed::Now),
            (Duration::seconds(60), Elapsed::Minutes(1)),
            (Duration::seconds(3599), Elapsed::Minutes(59)),
            (Duration::hours(1), Elapsed::Hours(1)),
            (Duration::hours(47), Elapsed::Days(1)),
            (Duration::days(29), Elapsed::Days(29)),
            (Duration::days(30), Elapsed::Months(1)),
            (Duration::days(61), Elapsed::Months(2)),
            (Duration::days(364), Elapsed::Months(11)),
            (Duration::days(365), Elapsed::Years(1)),
            (Duration::days(3650), Elapsed::Years(10)),
        ] {
            assert_eq!(Elapsed::between(NOW - elapsed, NOW), expected, "{elapsed}");
        }
    }
}
