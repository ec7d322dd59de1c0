//! Durations in Go's notation.

use std::time::Duration;

/// Units of humantime that have no fixed length, and that nobody who writes `30M` means.
const MONTHS_AND_YEARS: [&str; 7] = ["M", "month", "months", "y", "yr", "year", "years"];

/// Reads a duration such as `1h30m`, `1.5h` or `100µs`, or zero.
pub(super) fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    if month_or_year(text).is_some() {
        return None;
    }
    // Unicode has two signs for "micro", and Go reads both.
    humantime::parse_duration(&with_digits(&text.replace('\u{3bc}', "\u{b5}"))?).ok()
}

/// Adds the zeros that Go lets people omit: `.5s` and `1.s`. `None` for a point without digits.
fn with_digits(text: &str) -> Option<String> {
    let is_digit = |char: Option<char>| char.is_some_and(|char| char.is_ascii_digit());
    let mut parts = text.split('.');
    let mut whole = parts.next()?.to_owned();
    for part in parts {
        let (before, after) = (is_digit(whole.chars().next_back()), is_digit(part.chars().next()));
        whole.push_str(match (before, after) {
            (true, true) => ".",
            (false, true) => "0.",
            (true, false) => ".0",
            (false, false) => return None,
        });
        whole.push_str(part);
    }
    Some(whole)
}

/// The unit of months or years in this text.
pub(super) fn month_or_year(text: &str) -> Option<&str> {
    let mut words = text.split(|letter: char| !letter.is_alphabetic());
    words.find(|word| MONTHS_AND_YEARS.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, micros) in [
            ("1h30m", 5_400_000_000),
            ("1.5h", 5_400_000_000),
            ("720h0m0s", 2_592_000_000_000),
            ("1h1m1.5s", 3_661_500_000),
            ("90s", 90_000_000),
            ("1m", 60_000_000),
            ("500ms", 500_000),
            ("2.25ms", 2_250),
            (".5s", 500_000),
            ("1.s", 1_000_000),
            ("1m.5s", 60_500_000),
            ("100us", 100),
            ("100\u{b5}s", 100),
            ("100\u{3bc}s", 100),
            ("3000ns", 3),
            ("0", 0),
            ("0s", 0),
            // Not Go's: days, and spaces.
            ("30d", 2_592_000_000_000),
            ("1h 30min", 5_400_000_000),
        ] {
            assert_eq!(parse(text), Some(Duration::from_micros(micros)), "{text}");
        }
        for text in [
            "",
            "5",
            "h",
            "-1h",
            "1h-30m",
            "1x",
            "soon",
            "1e3s",
            "30M",
            "1y",
            "2 months",
            "1year",
            "99999999999999999999h",
            ".s",
            ".",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
