//! Secret settings: cookie secrets and admin tokens. They cannot be printed.

use std::collections::BTreeSet;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use sha2::{Digest as _, Sha256};

/// A secret of the session cookie. Cannot be printed.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "SecretString")]
pub struct CookieSecret(SecretString);

impl CookieSecret {
    const MIN_LENGTH: usize = 16;

    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

impl TryFrom<SecretString> for CookieSecret {
    type Error = String;

    fn try_from(secret: SecretString) -> Result<Self, String> {
        let length = secret.expose_secret().chars().count();
        if length < Self::MIN_LENGTH {
            return Err(format!(
                "expected a secret of at least {} characters, got {length}",
                Self::MIN_LENGTH
            ));
        }
        Ok(Self(secret))
    }
}

/// A token with which operators and login systems call the admin API. Cannot be printed.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "SecretString")]
pub struct AdminToken(SecretString);

impl AdminToken {
    const MIN_LENGTH: usize = 16;

    /// Returns true if `presented` equals this token. Hashes are compared, so that the time
    /// of the comparison reveals nothing about either.
    #[must_use]
    pub fn is(&self, presented: &str) -> bool {
        Sha256::digest(self.0.expose_secret()) == Sha256::digest(presented)
    }
}

impl TryFrom<SecretString> for AdminToken {
    type Error = String;

    fn try_from(token: SecretString) -> Result<Self, String> {
        let text = token.expose_secret();
        if text.len() < Self::MIN_LENGTH
            || !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
        {
            let min = Self::MIN_LENGTH;
            return Err(format!(
                "expected a token of at least {min} visible ASCII characters without a comma"
            ));
        }
        Ok(Self(token))
    }
}

/// Different cookie secrets.
pub(super) fn cookie_secrets<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<CookieSecret>, D::Error> {
    let secrets = Vec::<CookieSecret>::deserialize(deserializer)?;
    check_different(secrets.iter().map(|secret| &secret.0)).map_err(D::Error::custom)?;
    Ok(secrets)
}

/// One admin token, or a list of different ones. The empty string is an empty list.
pub(super) fn admin_tokens<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<AdminToken>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(SecretString),
        More(Vec<SecretString>),
    }
    let tokens = match OneOrMore::deserialize(deserializer) {
        Ok(OneOrMore::One(token)) if token.expose_secret().is_empty() => Vec::new(),
        Ok(OneOrMore::One(token)) => vec![token],
        Ok(OneOrMore::More(tokens)) => tokens,
        Err(_) => return Err(D::Error::custom("expected a string, or a list of strings")),
    };
    check_different(tokens.iter()).map_err(D::Error::custom)?;
    tokens.into_iter().map(|token| AdminToken::try_from(token).map_err(D::Error::custom)).collect()
}

/// Checks that no secret is listed twice: one of the two was probably meant to be another.
fn check_different<'a>(secrets: impl Iterator<Item = &'a SecretString>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut secrets = secrets.map(SecretString::expose_secret);
    match secrets.position(|secret| !seen.insert(secret)) {
        Some(nth) => {
            Err(format!("expected different ones, but number {} repeats another", nth + 1))
        }
        None => Ok(()),
    }
}

/// The placeholder of a secret.
pub(super) const HIDDEN: &str = "(hidden)";

/// The placeholder that is shown for a secret. Empty if the secret is empty.
pub(super) fn hidden(secret: &str) -> &'static str {
    if secret.is_empty() { "" } else { HIDDEN }
}
