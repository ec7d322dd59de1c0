//! The values of settings that have a form of their own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::{self, Deserializer, Error, IntoDeserializer as _};
use sha2::{Digest as _, Sha256};
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

    /// Whether people come by TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// As browsers name it (RFC 6454): scheme, host, and a port that is not the scheme's own.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
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

/// Where to listen: an address and a port, or `unix:` and the path of a socket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Listen {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl Listen {
    /// Whether only this machine gets there.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some(path) if !path.is_empty() => Ok(Self::Unix(path.into())),
            _ => text.parse().map(Self::Tcp).map_err(|_| {
                format!("expected an address and a port, or unix: and a path, got `{text}`")
            }),
        }
    }
}

/// A token of operators and login systems. Cannot be printed.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "SecretString")]
pub struct AdminToken(SecretString);

impl AdminToken {
    const SHORTEST: usize = 16;

    /// Whether `presented` is this token: by their hashes, so that the time which
    /// the comparison takes tells nothing of either.
    #[must_use]
    pub fn is(&self, presented: &str) -> bool {
        Sha256::digest(self.0.expose_secret()) == Sha256::digest(presented)
    }
}

impl TryFrom<SecretString> for AdminToken {
    type Error = String;

    fn try_from(token: SecretString) -> Result<Self, String> {
        let text = token.expose_secret();
        if text.len() < Self::SHORTEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let shortest = Self::SHORTEST;
            return Err(format!(
                "expected a token of at least {shortest} visible ASCII characters"
            ));
        }
        Ok(Self(token))
    }
}

/// The domain for which a cookie is set.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct CookieDomain(String);

impl CookieDomain {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CookieDomain {
    type Error = String;

    fn try_from(domain: String) -> Result<Self, String> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        if domain.is_empty() || !domain.bytes().all(good) {
            return Err("expected a domain such as `example.org`".to_owned());
        }
        Ok(Self(domain))
    }
}

/// The path under which a cookie is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct CookiePath(String);

impl CookiePath {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CookiePath {
    type Error = String;

    fn try_from(path: String) -> Result<Self, String> {
        let good = |byte: u8| byte.is_ascii_graphic() && byte != b';';
        if !path.starts_with('/') || !path.bytes().all(good) {
            return Err("expected a path such as `/`".to_owned());
        }
        Ok(Self(path))
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

/// Longer than anyone means, and short enough to be added to any time there is.
pub const LONGEST_DURATION: Duration = Duration::from_hours(200 * 365 * 24);

/// A duration as Go and people write it: `720h`, `1h30m`, `300ms`; longer than none.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    match humantime::parse_duration(&text) {
        Ok(duration) if !duration.is_zero() && duration <= LONGEST_DURATION => Ok(duration),
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

/// One, or a list.
pub(super) fn one_or_more<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + TryFrom<SecretString, Error = String>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(SecretString),
        More(Vec<SecretString>),
    }
    let secrets = match OneOrMore::deserialize(deserializer) {
        Ok(OneOrMore::One(secret)) => vec![secret],
        Ok(OneOrMore::More(secrets)) => secrets,
        Err(_) => return Err(D::Error::custom("expected a text, or a list of texts")),
    };
    secrets.into_iter().map(|secret| T::try_from(secret).map_err(D::Error::custom)).collect()
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
