//! Deserialisers for settings with a special form.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::{self, Deserializer, Error, IntoDeserializer as _};
use url::{Origin, Url};
use uuid::Uuid;

use crate::config::duration;

/// The longest duration: more than anyone needs, and short enough to be added to any time
/// without overflow.
pub const MAX_DURATION: Duration = Duration::from_hours(200 * 365 * 24);

/// A duration in Go's notation, longer than zero: `720h`, `1h30m`, `300ms`.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let problem = match duration::parse(&text) {
        Some(duration) if !duration.is_zero() && duration <= MAX_DURATION => return Ok(duration),
        Some(_) => "longer than zero, and at most 200 years (1752000h)",
        None if duration::month_or_year(&text).is_some() => {
            "in days (`30d`), hours (`720h`), minutes (`30m`) or less, not in months or years"
        }
        None if text.parse::<f64>().is_ok_and(f64::is_sign_positive) => {
            "with a unit, such as `720h`"
        }
        None => "such as `720h`",
    };
    Err(D::Error::custom(format!("expected a duration {problem}, got `{text}`")))
}

/// A duration. The empty string is `None`.
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

/// A flag. The empty string is `None`.
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
        _ => Err(D::Error::custom("expected true, false, or the empty string")),
    }
}

/// A whole number from `MIN` to `MAX`.
pub(super) fn between<'de, const MIN: u32, const MAX: u32, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<u32, D::Error> {
    let number = i64::deserialize(deserializer)?;
    u32::try_from(number).ok().filter(|number| (MIN..=MAX).contains(number)).ok_or_else(|| {
        D::Error::custom(format!("expected a number from {MIN} to {MAX}, got {number}"))
    })
}

/// A value of any type. The empty string is `None`.
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

/// A UUID. The empty string is `None`.
pub(super) fn optional_uuid<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Uuid>, D::Error> {
    parse_unless_empty(deserializer, |text| {
        let problem = || format!("expected a UUID, with or without hyphens, got `{text}`");
        Uuid::parse_str(text).map_err(|_| problem())
    })
}

/// A URL of the web. The empty string is `None`.
pub(super) fn optional_web_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Url>, D::Error> {
    parse_unless_empty(deserializer, |text| {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        url.ok_or_else(|| {
            format!("expected an http or https URL such as `https://example.org/`, got `{text}`")
        })
    })
}

fn parse_unless_empty<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    parse(&text).map(Some).map_err(D::Error::custom)
}

/// A web origin (RFC 6454): the scheme, the host, and the port unless it is the scheme's
/// default. The URL parser takes `*` for a letter of the host. Such an origin would match none.
#[must_use]
pub fn origin(text: &str) -> Option<HeaderValue> {
    Url::parse(text)
        .ok()
        .filter(|_| !text.contains('*'))
        .and_then(|url| match url.scheme() {
            "http" | "https" => Some(url.origin().ascii_serialization()),
            _ => app_origin(&url),
        })
        .filter(|origin| origin == text)
        .and_then(|origin| HeaderValue::from_str(&origin).ok())
}

/// The origin of an app's or an extension's pages, such as `capacitor://localhost`. The URL
/// standard has no origin for such schemes, and the apps' browsers send the scheme and the host.
fn app_origin(url: &Url) -> Option<String> {
    let is_app = matches!(url.origin(), Origin::Opaque(_)) && url.scheme() != "file";
    let host = url.host_str().filter(|host| is_app && !host.is_empty())?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{host}{port}", url.scheme()))
}

/// The name of a header. With credentials, browsers take `*` for a name, too
/// (<https://fetch.spec.whatwg.org/#cors-preflight-fetch>), which would allow nothing.
#[must_use]
pub fn header_name(text: &str) -> Option<HeaderName> {
    HeaderName::try_from(text).ok().filter(|name| name != "*")
}

/// Names of headers.
pub(super) fn header_names<'de, D>(deserializer: D) -> Result<Vec<HeaderName>, D::Error>
where
    D: Deserializer<'de>,
{
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|text| {
            header_name(text).ok_or_else(|| {
                D::Error::custom(format!(
                    "expected the name of a header such as `x-app-version`, got `{text}`"
                ))
            })
        })
        .collect()
}
