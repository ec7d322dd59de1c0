//! What a session, its token, its devices and an assurance level are.

use std::fmt;
use std::str::FromStr;

use rand::RngExt as _;
use rand::distr::Alphanumeric;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use uuid::Uuid;

/// JSON that passes through: checked to be well-formed, never looked into.
pub type Json = Box<RawValue>;

/// One place where a person is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: Uuid,
    /// When the row was made: the first key of the order of every list.
    pub created_at: OffsetDateTime,
    pub issued_at: OffsetDateTime,
    pub authenticated_at: OffsetDateTime,
    /// The first instant at which the session no longer counts.
    pub expires_at: OffsetDateTime,
    /// False once the session was revoked.
    pub active: bool,
    pub assurance_level: AssuranceLevel,
    /// A JSON array of the methods, in the order of their completion.
    pub authentication_methods: Json,
    /// The most recently seen device first.
    pub devices: Vec<Device>,
    /// When it was last used, to [`crate::activity`]'s interval. `None` where that was
    /// not noted, or not asked for.
    pub last_active_at: Option<OffsetDateTime>,
}

impl AsRef<Session> for Session {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl AsMut<Session> for Session {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl Session {
    /// Whether it counts at `now`: neither revoked nor expired.
    #[must_use]
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.active && self.expires_at > now
    }
}

/// A browser or app that used a session. Where a text is `None`, it was not recorded.
#[derive(Debug, Clone)]
pub struct Device {
    pub id: Uuid,
    pub created_at: OffsetDateTime,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub location: Option<String>,
}

/// How strongly a person has proved who they are, in the field's own order
/// (NIST SP 800-63B): no factor, one, two, a hardware-bound one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssuranceLevel {
    Aal0,
    Aal1,
    Aal2,
    Aal3,
}

impl AssuranceLevel {
    /// The name as it stands in databases and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aal0 => "aal0",
            Self::Aal1 => "aal1",
            Self::Aal2 => "aal2",
            Self::Aal3 => "aal3",
        }
    }
}

impl FromStr for AssuranceLevel {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        [Self::Aal0, Self::Aal1, Self::Aal2, Self::Aal3]
            .into_iter()
            .find(|level| level.as_str() == name)
            .ok_or(())
    }
}

/// The secret that stands for a session: from 1 to 128 visible ASCII
/// characters. Cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    const MAX_LENGTH: usize = 128;
    /// Kratos's, by which people and secret scanners know a session token.
    const PREFIX: &str = "ory_st_";
    /// So many of 62 characters hold 256 bits.
    const RANDOM_CHARACTERS: usize = 43;

    /// A new token that nobody can guess.
    #[must_use]
    pub fn random() -> Self {
        let random = rand::rng().sample_iter(Alphanumeric).take(Self::RANDOM_CHARACTERS);
        Self(Self::PREFIX.chars().chain(random.map(char::from)).collect())
    }

    /// What no issued token can be gives `None`, without a question to the database.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plausible = (1..=Self::MAX_LENGTH).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        plausible.then(|| Self(text.to_owned()))
    }

    /// The secret itself: for the database and the cookie, never for a log or an answer.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(hidden)")
    }
}
