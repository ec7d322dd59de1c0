//! Timestamps in the format that Kratos (Go's SQLite driver) writes to SQLite.
//!
//! `2026-11-23 09:35:05.174494+00:00`: a fraction of 0 to 9 digits without trailing zeros. As `+`
//! sorts before `.` and `.` before the digits, such texts compare like their times. Rows that
//! people insert by hand may have trailing zeros. One instant then has several forms: the one
//! without trailing zeros sorts first, and the one with nine digits last. (Rows of one instant in
//! *different* forms sort by form, not by id: a page that ends between them may lose one.)

use time::{Date, Month, OffsetDateTime, Time};

use crate::date_time_text::DateTimeText;

const END: &str = "+00:00";

/// The form that is stored, which is the earliest of an instant's forms.
pub(super) fn format(time: OffsetDateTime) -> String {
    DateTimeText::new(time, b' ').trim().with_end(END).as_str().to_owned()
}

/// The latest of an instant's forms.
pub(super) fn format_in_full(time: OffsetDateTime) -> String {
    DateTimeText::new(time, b' ').with_end(END).as_str().to_owned()
}

/// Reads any of the forms. A time without an offset, like SQLite's `CURRENT_TIMESTAMP`, is in UTC,
/// too. Other offsets, a `T` or a `Z` are refused: as texts they would compare wrongly.
pub(super) fn parse(text: &str) -> Option<OffsetDateTime> {
    let bytes = text.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if bytes.len() < 19 || separators.iter().any(|(at, byte)| bytes[*at] != *byte) {
        return None;
    }
    let date = Date::from_calendar_date(
        i32::try_from(digits(&bytes[0..4])?).ok()?,
        Month::try_from(u8::try_from(digits(&bytes[5..7])?).ok()?).ok()?,
        u8::try_from(digits(&bytes[8..10])?).ok()?,
    )
    .ok()?;
    let (nanosecond, offset) = fraction(&bytes[19..])?;
    let time = Time::from_hms_nano(
        u8::try_from(digits(&bytes[11..13])?).ok()?,
        u8::try_from(digits(&bytes[14..16])?).ok()?,
        u8::try_from(digits(&bytes[17..19])?).ok()?,
        nanosecond,
    )
    .ok()?;
    matches!(offset, b"" | b"+00:00").then(|| OffsetDateTime::new_utc(date, time))
}

/// The nanoseconds, and the rest after them.
fn fraction(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let Some(fraction) = bytes.strip_prefix(b".") else {
        return Some((0, bytes));
    };
    let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&length) {
        return None;
    }
    let (fraction, offset) = fraction.split_at(length);
    let scale = 10_u32.pow(9 - u32::try_from(length).ok()?);
    Some((digits(fraction)? * scale, offset))
}

/// The number in at most nine digits, so that it fits.
fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::OffsetDateTime;

    use super::{format, format_in_full, parse};

    fn instants() -> impl Strategy<Value = OffsetDateTime> {
        let nanoseconds =
            prop_oneof![Just(0), 0..1_000_000_000_u32, (0..1000_u32).prop_map(|n| n * 1_000_000)];
        (0..253_402_300_800_i64, nanoseconds).prop_map(|(seconds, nanosecond)| {
            OffsetDateTime::from_unix_timestamp(seconds)
                .unwrap()
                .replace_nanosecond(nanosecond)
                .unwrap()
        })
    }

    #[test]
    fn reads_what_kratos_writes() {
        for text in [
            "2026-11-23 09:35:05+00:00",
            "2026-11-23 09:35:05.1+00:00",
            "2026-11-23 09:35:05.174494+00:00",
            "2026-11-23 09:35:05.174494123+00:00",
        ] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
        assert_eq!(parse("2026-11-23 09:35:05"), parse("2026-11-23 09:35:05.000+00:00"));
        for text in [
            "",
            "2026-11-23",
            "2026-13-23 09:35:05+00:00",
            "2026-11-23 09:35:05.+00:00",
            "2026-11-23 09:35:05 é",
            "2026-11-23T09:35:05+00:00",
            "2026-11-23 09:35:05Z",
            "2026-11-23 09:35:05+02:00",
            "9999-12-31 23:59:59-01:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn forms_sort_as_times_do(a in instants(), b in instants()) {
            prop_assert_eq!(parse(&format(a)), Some(a));
            prop_assert_eq!(parse(&format_in_full(a)), Some(a));
            prop_assert_eq!(a.cmp(&b), format(a).cmp(&format(b)));
            prop_assert!(format(a) <= format_in_full(a));
            if a < b {
                prop_assert!(format_in_full(a) < format(b));
            }
        }
    }
}
