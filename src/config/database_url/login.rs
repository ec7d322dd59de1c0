//! The user name and the password of a database URL.

use std::borrow::Cow;

use crate::config::database_url::percent::{ENCODE, decode, encode};
use crate::config::secrets::hidden;

/// Both texts include the @, unless they are empty.
pub(super) struct Login {
    /// Percent-encoded, for our driver.
    pub encoded: String,
    /// As written, with the password hidden.
    pub shown: String,
}

impl Login {
    /// Reads percent-encoded credentials.
    pub(super) fn decode(credentials: &str) -> Result<Self, String> {
        Self::parse(credentials, |part, name| {
            let decoded = decode(part).ok_or_else(|| format!("expected a valid {name}; {ENCODE}"));
            decoded.map(Cow::Owned)
        })
    }

    /// Reads literal credentials.
    pub(super) fn literal(credentials: &str) -> Result<Self, String> {
        Self::parse(credentials, |part, _| Ok(Cow::Borrowed(part)))
    }

    fn parse<'a>(
        credentials: &'a str,
        read: impl Fn(&'a str, &str) -> Result<Cow<'a, str>, String>,
    ) -> Result<Self, String> {
        let (user, password) = match credentials.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (credentials, None),
        };
        let mut encoded = encode(&read(user, "user name")?);
        let mut shown = user.to_owned();
        if let Some(password) = password {
            encoded = format!("{encoded}:{}", encode(&read(password, "password")?));
            shown = format!("{shown}:{}", hidden(password));
        }
        for login in [&mut encoded, &mut shown] {
            if !login.is_empty() {
                login.push('@');
            }
        }
        Ok(Self { encoded, shown })
    }
}
