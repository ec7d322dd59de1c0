//! The values of settings that have a form of their own.

use std::time::Duration;

use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IntoDeserializer as _};
use url::Url;

/// Where people reach the public side: http or https, with a path that ends in a slash.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The path, without a slash at its end: what comes before every route.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }

    /// The absolute URL of what is under the base.
    #[must_use]
    pub fn at(&self, relative: &str) -> String {
        format!("{}{relative}", self.0)
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let expected = || format!("expected a URL such as `https://example.org/`, got `{text}`");
        let mut url = Url::parse(&text).map_err(|_| expected())?;
        if !matches!(url.scheme(), "http" | "https") || url.query().or(url.fragment()).is_some() {
            return Err(expected());
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }
}

/// A cookie's name: an RFC 6265 token.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct CookieName(String);

impl CookieName {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CookieName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(good) {
            return Err("expected a cookie name: letters, digits and !#$%&'*+-.^_`|~".to_owned());
        }
        Ok(Self(name))
    }
}

/// One secret of the session cookie. Cannot be printed.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "SecretString")]
pub struct CookieSecret(SecretString);

impl CookieSecret {
    const SHORTEST: usize = 16;

    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

impl TryFrom<SecretString> for CookieSecret {
    type Error = String;

    fn try_from(secret: SecretString) -> Result<Self, String> {
        let length = secret.expose_secret().chars().count();
        if length < Self::SHORTEST {
            return Err(format!(
                "expected a secret of at least {} characters, got {length}",
                Self::SHORTEST
            ));
        }
        Ok(Self(secret))
    }
}

/// A duration as Go and people write it: `720h`, `1h30m`, `300ms`; longer than none.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    match humantime::parse_duration(&text) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(D::Error::custom(format!("expected a duration such as `720h`, got `{text}`"))),
    }
}

pub(super) fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let number = i64::deserialize(deserializer)?;
    u32::try_from(number)
        .ok()
        .filter(|number| (1..=10_000).contains(number))
        .ok_or_else(|| D::Error::custom(format!("expected a number from 1 to 10000, got {number}")))
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
