//! Sessions, their tokens, devices and assurance levels.

mod name;
mod token;

pub use name::SessionName;
pub use token::SessionToken;

use std::str::FromStr;

use serde_json::value::RawValue;
use time::OffsetDateTime;
use uuid::Uuid;

/// JSON that is passed through: it is checked to be well-formed, and not interpreted.
pub type Json = Box<RawValue>;

/// One place where a person is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: Uuid,
    /// When the row was created: the first key in the order of every list.
    pub created_at: OffsetDateTime,
    pub issued_at: OffsetDateTime,
    pub authenticated_at: OffsetDateTime,
    /// The first instant at which the session is no longer live.
    pub expires_at: OffsetDateTime,
    /// The end of a session that ends earlier, at `expires_at`, unless it is used. `None` if it
    /// does not have to be used.
    pub absolute_expires_at: Option<OffsetDateTime>,
    /// False once the session is revoked.
    pub active: bool,
    /// When the session was bound to the key of a device. `None` if it is not.
    pub bound_at: Option<OffsetDateTime>,
    pub assurance_level: AssuranceLevel,
    /// A JSON array of the authentication methods, in the order of their completion.
    pub authentication_methods: Json,
    /// The name that its person gave to it.
    pub name: Option<String>,
    /// A JSON object of the login system. Also `None` if it was not read.
    pub metadata: Option<Json>,
    /// The devices, the most recently seen one first.
    pub devices: Vec<Device>,
    /// When the session was last used, rounded down to the interval of `activity.interval`.
    /// `None` if no activity was recorded, or if it was not requested.
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
    /// Returns whether the session is neither revoked nor expired at `now`.
    #[must_use]
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.active && self.expires_at > now
    }

    /// When the session ends at the latest, however often it is used.
    #[must_use]
    pub fn ends_at(&self) -> OffsetDateTime {
        self.absolute_expires_at.unwrap_or(self.expires_at)
    }
}

/// When a session expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// The first instant at which it is no longer live.
    pub expires_at: OffsetDateTime,
    /// Its end in any case, if it expires earlier unless it is used.
    pub absolute_expires_at: Option<OffsetDateTime>,
}

/// A browser or app that used a session. A text that is `None` was not recorded.
#[derive(Debug, Clone)]
pub struct Device {
    pub id: Uuid,
    pub created_at: OffsetDateTime,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub location: Option<String>,
    /// The approximate place of the address, such as `Lisbon, PT`. `None` until it is looked up.
    pub place: Option<String>,
}

/// The strength of an authentication, in ascending order (NIST SP 800-63B): no factor, one
/// factor, two factors, a hardware-bound factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssuranceLevel {
    Aal0,
    Aal1,
    Aal2,
    Aal3,
}

impl AssuranceLevel {
    /// The name in databases and responses.
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
