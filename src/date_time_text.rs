//! Dates and times in digits, in UTC: `2026-11-23T09:35:05.174494`, with a separator and an end that
//! the caller chooses.
//!
//! A session has five times in its JSON. With `format!`, they took 8 % of a list.

use time::{OffsetDateTime, UtcOffset};

/// The longest end.
const MAX_END: usize = 6;
/// The places of digits, after a sign.
const FRACTION: usize = 21;
const IN_FULL: usize = 30;

#[derive(Debug, Clone, Copy)]
pub(crate) struct DateTimeText {
    bytes: [u8; IN_FULL + MAX_END],
    start: usize,
    end: usize,
}

impl DateTimeText {
    /// The text in full, with nine digits after the point. Years before 0 have a sign.
    pub(crate) fn new(time: OffsetDateTime, separator: u8) -> Self {
        let time = time.checked_to_offset(UtcOffset::UTC).unwrap_or(time);
        let (year, month, day) = time.to_calendar_date();
        let (hour, minute, second) = time.to_hms();
        let mut bytes = *b"-0000-00-00 00:00:00.000000000\0\0\0\0\0\0";
        bytes[11] = separator;
        write(&mut bytes[1..5], year.unsigned_abs());
        write(&mut bytes[6..8], u8::from(month).into());
        write(&mut bytes[9..11], day.into());
        write(&mut bytes[12..14], hour.into());
        write(&mut bytes[15..17], minute.into());
        write(&mut bytes[18..20], second.into());
        write(&mut bytes[FRACTION..IN_FULL], time.nanosecond());
        Self { bytes, start: usize::from(year >= 0), end: IN_FULL }
    }

    /// The text without the zeros at the end of the fraction, and without an empty fraction.
    pub(crate) fn trim(mut self) -> Self {
        let fraction = &self.bytes[FRACTION..IN_FULL];
        let zeros = fraction.iter().rev().take_while(|digit| **digit == b'0').count();
        let is_whole = zeros == fraction.len();
        self.end = IN_FULL - zeros - usize::from(is_whole);
        self
    }

    /// Adds an end, of at most six characters, to a text that has none.
    pub(crate) fn with_end(mut self, end: &str) -> Self {
        for (to, from) in self.bytes.iter_mut().skip(self.end).zip(end.bytes()) {
            *to = from;
            self.end += 1;
        }
        self
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[self.start..self.end]).unwrap_or_default()
    }
}

/// Fills a place with the last digits of a number.
fn write(place: &mut [u8], mut number: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::format_description::well_known::Rfc3339;
    use time::macros::datetime;

    use super::*;

    fn rfc3339(time: OffsetDateTime) -> String {
        DateTimeText::new(time, b'T').trim().with_end("Z").as_str().to_owned()
    }

    #[test]
    fn fraction_is_in_full_or_without_zeros() {
        let text = DateTimeText::new(datetime!(2026-11-23 09:35:05.1745 +1), b' ');
        assert_eq!(text.as_str(), "2026-11-23 08:35:05.174500000");
        assert_eq!(text.with_end("+00:00").as_str(), "2026-11-23 08:35:05.174500000+00:00");
        assert_eq!(text.trim().with_end("+00:00").as_str(), "2026-11-23 08:35:05.1745+00:00");
        let whole = DateTimeText::new(datetime!(2026-11-20 09:30:00 UTC), b'T');
        assert_eq!(whole.trim().as_str(), "2026-11-20T09:30:00");
    }

    #[test]
    fn years_before_0_have_a_sign() {
        assert_eq!(rfc3339(datetime!(-0001-12-31 00:00 UTC)), "-0001-12-31T00:00:00Z");
        assert_eq!(rfc3339(datetime!(0000-01-01 00:00 UTC)), "0000-01-01T00:00:00Z");
        assert_eq!(rfc3339(datetime!(9999-12-31 23:59:59 -1)), "9999-12-31T23:59:59Z");
    }

    proptest! {
        #[test]
        fn text_is_the_same_as_that_of_the_time_crate(
            seconds in 0..253_402_300_800_i64,
            nanosecond in prop_oneof![0..1_000_000_000_u32, (0..1000_u32).prop_map(|n| n * 1_000_000)],
        ) {
            let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let time = time.replace_nanosecond(nanosecond).unwrap();
            prop_assert_eq!(rfc3339(time), time.format(&Rfc3339).unwrap());
        }
    }
}
