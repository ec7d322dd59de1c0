//! Secret settings: cookie secrets and admin tokens. They cannot be printed.

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

/// One secret, or a list of secrets.
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
        Err(_) => return Err(D::Error::custom("expected a string, or a list of strings")),
    };
    secrets.into_iter().map(|secret| T::try_from(secret).map_err(D::Error::custom)).collect()
}

/// The placeholder that is shown for a secret. Empty if the secret is empty.
pub(super) fn hidden(secret: &str) -> &'static str {
    if secret.is_empty() { "" } else { "(hidden)" }
}
