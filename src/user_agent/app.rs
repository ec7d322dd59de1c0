//! Names that apps give themselves.

use std::borrow::Cow;

use crate::user_agent::names::{MAX_LENGTH, NAMES, Role};
use crate::user_agent::printable::printable;
use crate::user_agent::system::System;
use crate::user_agent::text::{Product, short_version};

const MAX_WORDS: usize = 4;

/// An app with a name of its own.
pub(super) struct App<'a> {
    pub name: Cow<'a, str>,
    /// The first two numbers of the version, or an empty string.
    pub version: &'a str,
    /// The system that the name mentions, as in `ExampleApp-iOS`.
    pub platform: Option<&'static System>,
}

impl<'a> App<'a> {
    pub(super) fn new(words: &[&'a str], version: Option<&'a str>) -> Option<Self> {
        if words.len() > MAX_WORDS {
            return None;
        }
        let name = match words {
            [word] => Cow::Borrowed(*word),
            words => words.join(" ").into(),
        };
        let (name, platform) = without_platform(decoded(name));
        let fits = name.starts_with(char::is_alphanumeric)
            && name.contains(char::is_alphabetic)
            && name.chars().count() <= MAX_LENGTH;
        let version = version.map_or("", short_version);
        fits.then_some(Self { name, version, platform })
    }

    /// The words of a product that belong to an app's name: those after the last known name, and
    /// before the word `like`.
    pub(super) fn of(product: &Product<'a>) -> Option<Self> {
        let words = product.words.as_slice();
        let end = words.iter().position(|word| *word == "like").unwrap_or(words.len());
        let known = words[..end].iter().rposition(|word| role(word).is_some());
        let own = &words[known.map_or(0, |at| at + 1)..end];
        let version = product.version.filter(|_| end == words.len());
        if own.is_empty() { None } else { Self::new(own, version) }
    }
}

/// The meaning of a name, with or without a number at its end.
pub(super) fn role(name: &str) -> Option<&'static Role> {
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
    NAMES.role(name).or_else(|| NAMES.role(name.trim_end_matches(is_number)))
}

/// Names in URLs and in headers of Apple's libraries are percent-encoded.
fn decoded(name: Cow<'_, str>) -> Cow<'_, str> {
    if !name.contains('%') {
        return name;
    }
    let bytes = percent_decode(name.as_bytes());
    let text = String::from_utf8_lossy(&bytes);
    printable(&text).split_whitespace().collect::<Vec<_>>().join(" ").into()
}

fn percent_decode(mut rest: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(rest.len());
    while let [first, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|c| char::from(*c).to_digit(16));
        let value = digit(0).zip(digit(1)).map(|(high, low)| high * 16 + low);
        match value.and_then(|value| u8::try_from(value).ok()) {
            Some(value) if *first == b'%' => {
                decoded.push(value);
                rest = &after[2..];
            }
            _ => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    decoded
}

/// Removes the platforms from the end of a name. If there is exactly one, it is the system.
fn without_platform(mut name: Cow<'_, str>) -> (Cow<'_, str>, Option<&'static System>) {
    let mut platforms = Vec::new();
    while let Some((own, word)) = name.rsplit_once(" for ").or(name.rsplit_once(['-', '_'])) {
        let Some(platform) = NAMES.platform(word).filter(|_| !own.is_empty()) else { break };
        platforms.push(platform);
        let end = own.len();
        name = match name {
            Cow::Borrowed(name) => Cow::Borrowed(&name[..end]),
            Cow::Owned(mut name) => {
                name.truncate(end);
                Cow::Owned(name)
            }
        };
    }
    let platform = if let [platform] = platforms[..] { Some(platform) } else { None };
    (name, platform)
}
