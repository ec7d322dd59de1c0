//! The tokens of sessions.

use std::fmt;
use std::sync::OnceLock;

use rand::RngExt as _;
use rand::distr::Alphanumeric;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The secret that identifies a session: 1 to 128 visible ASCII characters. Cannot be printed.
#[derive(Clone)]
pub struct SessionToken {
    secret: SecretString,
    sha256: OnceLock<[u8; 32]>,
}

impl SessionToken {
    const MAX_LENGTH: usize = 128;
    /// Kratos's prefix, by which people and secret scanners recognise a session token.
    const PREFIX: &str = "ory_st_";
    /// 43 characters of an alphabet of 62 hold 256 bits.
    const RANDOM_CHARACTERS: usize = 43;

    fn new(secret: SecretString) -> Self {
        Self { secret, sha256: OnceLock::new() }
    }

    /// Generates a token that cannot be guessed.
    #[must_use]
    pub fn random() -> Self {
        let random = rand::rng().sample_iter(Alphanumeric).take(Self::RANDOM_CHARACTERS);
        Self::new(Self::PREFIX.chars().chain(random.map(char::from)).collect::<String>().into())
    }

    /// Parses a token. `None` if no issued token can have this form, so that the database is not
    /// queried for it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plausible = (1..=Self::MAX_LENGTH).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        plausible.then(|| Self::new(text.into()))
    }

    /// The secret itself. It is for the database, the cookie and the response that issues it,
    /// and never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }

    /// The SHA-256 of the secret, by which it is stored and kept in memory. Computed once.
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        self.sha256.get_or_init(|| Sha256::digest(self.expose()).into())
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionToken").finish_non_exhaustive()
    }
}

impl PartialEq for SessionToken {
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for SessionToken {}
