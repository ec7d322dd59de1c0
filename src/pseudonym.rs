//! Ids and addresses in log lines: in plain text or, if the key `audit.pseudonym_key` is set, as
//! pseudonyms. Equal values have equal pseudonyms in all lines, so that lines can be correlated.
//! Without the key, nobody can find out whose they are.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::ExposeSecret as _;
use sha2::Sha256;

use crate::config;

/// Converts ids and addresses into the form that log lines may show.
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

    /// Converts a value for a field of a log line.
    pub fn show<T: fmt::Display>(&self, value: T) -> Shown<T> {
        let Some(key) = &self.key else { return Shown::Plain(value) };
        let mut writer = MacWriter(key.clone());
        // The writer accepts all bytes and cannot fail.
        let _ = fmt::Write::write_fmt(&mut writer, format_args!("{value}"));
        let mac = writer.0.finalize().into_bytes();
        // Half of the MAC is as hard to reverse, and easier to read.
        Shown::Pseudonym(
            mac.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte)),
        )
    }
}

/// A value as a log line shows it.
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

/// Feeds formatted text into a MAC.
struct MacWriter(Hmac<Sha256>);

impl fmt::Write for MacWriter {
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
