//! Ids and addresses as log lines may show them: as they are, or, with the key
//! `audit.pseudonym_key`, as pseudonyms. All lines show the same one alike, so that they can be
//! put together, and without the key nobody can tell whose they are.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::ExposeSecret as _;
use sha2::Sha256;

use crate::config;

/// Makes what a log line may show of an id or an address.
#[derive(Clone)]
pub struct Pseudonyms {
    key: Option<Hmac<Sha256>>,
}

impl Pseudonyms {
    #[must_use]
    pub fn new(settings: &config::Audit) -> Self {
        // HMAC takes keys of any length.
        let hmac = |key: &[u8]| Hmac::new_from_slice(key).ok();
        let key = settings.pseudonym_key.as_ref();
        Self { key: key.and_then(|key| hmac(key.expose_secret().as_bytes())) }
    }

    /// For a field of a log line.
    pub fn show<T: fmt::Display>(&self, value: T) -> Shown<T> {
        let Some(key) = &self.key else { return Shown::Plain(value) };
        let mut feed = Feed(key.clone());
        // What takes all bytes does not fail.
        let _ = fmt::Write::write_fmt(&mut feed, format_args!("{value}"));
        let mac = feed.0.finalize().into_bytes();
        // Half of it is as hard to find again, and easier on the eye.
        Shown::Pseudonym(
            mac.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte)),
        )
    }
}

/// What a log line may show of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown<T> {
    Plain(T),
    Pseudonym(u128),
}

impl<T: fmt::Display> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(value) => value.fmt(f),
            Self::Pseudonym(number) => write!(f, "{number:032x}"),
        }
    }
}

struct Feed(Hmac<Sha256>);

impl fmt::Write for Feed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pseudonyms").finish_non_exhaustive()
    }
}
