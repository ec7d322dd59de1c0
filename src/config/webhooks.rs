//! Webhooks: the receivers of events, each a section of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use toml::{Table, Value};
use url::Url;

use crate::config::deserializers;
use crate::event::EventType;

/// Maximum length of a name.
const MAX_NAME_LENGTH: usize = 40;

/// A receiver of events.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    pub url: WebhookUrl,
    /// Messages of the standard format are signed with each of them, and have at least one.
    #[serde(deserialize_with = "secrets")]
    pub secret: Vec<WebhookSecret>,
    /// Empty selects all types.
    #[serde(deserialize_with = "event_types")]
    pub events: Vec<EventType>,
    pub format: Format,
    #[serde(deserialize_with = "deserializers::duration")]
    pub timeout: Duration,
    #[serde(deserialize_with = "deserializers::duration")]
    pub give_up: Duration,
    /// The value of the `Authorization` header.
    #[serde(deserialize_with = "authorization")]
    pub authorization: Option<HeaderValue>,
    /// The audience of security event tokens.
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    pub audience: Option<String>,
    /// A file with further certificate authorities.
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    pub ca: Option<PathBuf>,
}

/// The form of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// <https://github.com/standard-webhooks/standard-webhooks>
    Standard,
    /// Security event tokens (RFC 8417), pushed as RFC 8935 says.
    Set,
}

/// The URL of a receiver. It may contain a secret, so it is not shown.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    #[must_use]
    pub fn get(&self) -> &Url {
        &self.0
    }
}

impl std::fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

impl TryFrom<String> for WebhookUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_right = |url: &Url| {
            let has_login = !url.username().is_empty() || url.password().is_some();
            matches!(url.scheme(), "http" | "https") && !has_login && url.fragment().is_none()
        };
        Url::parse(&text).ok().filter(is_right).map(Self).ok_or(
            "expected an http or https URL without a login, such as `https://example.org/hook`",
        )
    }
}

/// A key that signs messages. Cannot be printed.
#[derive(Debug, Clone)]
pub struct WebhookSecret(SecretSlice<u8>);

impl WebhookSecret {
    const PREFIX: &str = "whsec_";
    const EXPECTED: &str = "expected `whsec_` and 24 to 64 bytes in base64";

    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    fn parse(secret: &SecretString) -> Result<Self, &'static str> {
        let encoded = secret.expose_secret().strip_prefix(Self::PREFIX).ok_or(Self::EXPECTED)?;
        let key = BASE64_STANDARD.decode(encoded).map_err(|_| Self::EXPECTED)?;
        if (24..=64).contains(&key.len()) { Ok(Self(key.into())) } else { Err(Self::EXPECTED) }
    }
}

fn secrets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<WebhookSecret>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(SecretString),
        More(Vec<SecretString>),
    }
    let secrets = match OneOrMore::deserialize(deserializer) {
        Ok(OneOrMore::One(secret)) => vec![secret],
        Ok(OneOrMore::More(secrets)) => secrets,
        Err(_) => return Err(D::Error::custom("expected a string, or a list of strings")),
    };
    secrets.iter().map(|secret| WebhookSecret::parse(secret).map_err(D::Error::custom)).collect()
}

fn authorization<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<HeaderValue>, D::Error> {
    let text = SecretString::deserialize(deserializer)?;
    if text.expose_secret().is_empty() {
        return Ok(None);
    }
    let value = HeaderValue::try_from(text.expose_secret());
    let mut value = value.map_err(|_| D::Error::custom("expected visible ASCII characters"))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// Checks the settings that depend on the format. The error names a key.
pub(super) fn check(webhook: &Webhook, has_keys: bool) -> Result<(), (&'static str, &'static str)> {
    match webhook.format {
        Format::Standard if webhook.secret.is_empty() => Err(("secret", WebhookSecret::EXPECTED)),
        Format::Standard if webhook.audience.is_some() => {
            Err(("audience", "expected none, because the format is not \"set\""))
        }
        Format::Set if !webhook.secret.is_empty() => {
            Err(("secret", "expected none, because events.jwks_url signs messages of this format"))
        }
        Format::Set if webhook.audience.is_none() => {
            Err(("audience", "expected the audience of the tokens, as their receiver names it"))
        }
        Format::Set
            if !webhook.events.is_empty() && !webhook.events.iter().copied().any(has_token) =>
        {
            Err(("events", "expected types of sessions, because others have no tokens"))
        }
        Format::Set if !has_keys => {
            Err(("format", "expected \"standard\", because events.jwks_url is not set"))
        }
        Format::Standard | Format::Set => Ok(()),
    }
}

/// Returns whether an event of this type may have a security event token.
fn has_token(event_type: EventType) -> bool {
    matches!(
        event_type,
        EventType::SessionIssued
            | EventType::SessionRevoked
            | EventType::SessionExpired
            | EventType::SessionDeleted
    )
}

fn event_types<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<EventType>, D::Error> {
    let parse = |name: &String| {
        name.parse().map_err(|_| {
            let names: Vec<_> = EventType::ALL.iter().map(|one| one.as_str()).collect();
            D::Error::custom(format!("expected types out of {}, got `{name}`", names.join(", ")))
        })
    };
    Vec::<String>::deserialize(deserializer)?.iter().map(parse).collect()
}

/// The webhooks by their names, which are checked.
pub(super) fn by_name<'de, D>(deserializer: D) -> Result<BTreeMap<String, Webhook>, D::Error>
where
    D: Deserializer<'de>,
{
    let webhooks = BTreeMap::<String, Webhook>::deserialize(deserializer)?;
    let is_right = |name: &String| {
        let is_letter =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        (1..=MAX_NAME_LENGTH).contains(&name.len()) && name.bytes().all(is_letter)
    };
    match webhooks.keys().find(|name| !is_right(name)) {
        None => Ok(webhooks),
        Some(_) => Err(D::Error::custom(
            "expected names of at most 40 lower-case letters, digits, hyphens and underscores",
        )),
    }
}

/// The settings of a webhook that sets none of them. An empty URL and no secret are refused.
pub(super) fn default_webhook() -> Table {
    let text = |text: &str| Value::String(text.to_owned());
    [
        ("url", text("")),
        ("secret", Value::Array(Vec::new())),
        ("events", Value::Array(Vec::new())),
        ("format", text("standard")),
        ("timeout", text("30s")),
        ("give_up", text("72h")),
        ("authorization", text("")),
        ("audience", text("")),
        ("ca", text("")),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}

/// Turns `[[webhooks]]`, a list of tables with a `name` each, into a table of tables by name.
pub(super) fn named(list: Vec<Value>) -> Result<Table, &'static str> {
    let mut named = Table::new();
    for webhook in list {
        let Value::Table(mut keys) = webhook else {
            return Err("expected sections, as below [[webhooks]]");
        };
        let Some(Value::String(name)) = keys.remove("name") else {
            return Err("expected a `name` in each of them");
        };
        if named.insert(name, Value::Table(keys)).is_some() {
            return Err("expected different names");
        }
    }
    Ok(named)
}
