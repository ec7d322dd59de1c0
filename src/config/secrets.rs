//! Secrets, which cannot be printed.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use sha2::{Digest as _, Sha256};

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
        if text.len() < Self::SHORTEST
            || !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
        {
            let shortest = Self::SHORTEST;
            return Err(format!(
                "expected a token of at least {shortest} visible ASCII characters, no comma"
            ));
        }
        Ok(Self(token))
    }
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

/// What stands in the place of a secret; nothing where there is none.
pub(super) fn hidden(secret: &str) -> &'static str {
    if secret.is_empty() { "" } else { "(hidden)" }
}
