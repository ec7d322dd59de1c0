//! The values of settings that have a form of their own.

use std::time::Duration;

use http::HeaderValue;
use serde::Deserialize;
use serde::de::{self, Deserializer, Error, IntoDeserializer as _};
use url::Url;

/// Longer than anyone means, and short enough to be added to any time there is.
pub const MAX_DURATION: Duration = Duration::from_hours(200 * 365 * 24);

/// A duration as Go and people write it: `720h`, `1h30m`, `300ms`; longer than none.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    match humantime::parse_duration(&text) {
        Ok(duration) if !duration.is_zero() && duration <= MAX_DURATION => Ok(duration),
        _ => Err(D::Error::custom(format!("expected a duration such as `720h`, got `{text}`"))),
    }
}

/// The empty text is none.
pub(super) fn optional_duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    let text: de::value::StringDeserializer<D::Error> = text.into_deserializer();
    duration(text).map(Some)
}

/// A flag; the empty text is none.
pub(super) fn optional_flag<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Flag {
        Flag(bool),
        Text(String),
    }
    match Flag::deserialize(deserializer) {
        Ok(Flag::Flag(flag)) => Ok(Some(flag)),
        Ok(Flag::Text(text)) if text.is_empty() => Ok(None),
        Ok(Flag::Text(text)) if text == "true" => Ok(Some(true)),
        Ok(Flag::Text(text)) if text == "false" => Ok(Some(false)),
        _ => Err(D::Error::custom("expected true, false, or nothing")),
    }
}

/// A whole number that is neither too small nor too large.
pub(super) fn between<'de, const LEAST: u32, const MOST: u32, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<u32, D::Error> {
    let number = i64::deserialize(deserializer)?;
    u32::try_from(number).ok().filter(|number| (LEAST..=MOST).contains(number)).ok_or_else(|| {
        D::Error::custom(format!("expected a number from {LEAST} to {MOST}, got {number}"))
    })
}

/// The empty text is none.
pub(super) fn none_if_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    T::deserialize(text.into_deserializer()).map(Some)
}

/// Web origins (RFC 6454): a scheme, a host, a port where it is not the scheme's own.
pub(super) fn origins<'de, D>(deserializer: D) -> Result<Vec<HeaderValue>, D::Error>
where
    D: Deserializer<'de>,
{
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|text| {
            Url::parse(text)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https"))
                .map(|url| url.origin().ascii_serialization())
                .filter(|origin| origin == text)
                .and_then(|origin| HeaderValue::from_str(&origin).ok())
                .ok_or_else(|| {
                    D::Error::custom(format!(
                        "expected an origin such as `https://app.example.org`, got `{text}`"
                    ))
                })
        })
        .collect()
}
