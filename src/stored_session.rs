//! Sessions as operators see them in the database, including rows that cannot be read.

use std::fmt;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::identity::{Identity, SessionWithIdentity};
use crate::pagination::Position;
use crate::session::{Device, Json, Session};

/// A session whose row was read, or whose row violates the rules of its table.
#[derive(Debug, Clone)]
pub enum Stored<T> {
    Readable(T),
    Unreadable(Box<UnreadableSession>),
}

pub type StoredSession = Stored<SessionWithIdentity>;

/// The readable fields of a session whose own row, or whose identity's row, cannot be read in
/// full. Such a session admits nobody.
#[derive(Debug, Clone)]
pub struct UnreadableSession {
    pub id: Uuid,
    pub identity_id: Option<Uuid>,
    /// False if the session is revoked.
    pub active: bool,
    pub created_at: Option<OffsetDateTime>,
    pub issued_at: Option<OffsetDateTime>,
    pub authenticated_at: Option<OffsetDateTime>,
    pub expires_at: Option<OffsetDateTime>,
    pub authentication_methods: Option<Json>,
    pub devices: Vec<Device>,
    pub identity: Option<Identity>,
    /// At least one.
    pub problems: Vec<Problem>,
}

/// A column with an invalid value. It never contains the value itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    pub column: &'static str,
    pub expected: &'static str,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not {}", self.column, self.expected)
    }
}

impl<T> Stored<T> {
    #[must_use]
    pub fn readable(self) -> Option<T> {
        match self {
            Self::Readable(session) => Some(session),
            Self::Unreadable(_) => None,
        }
    }

    pub fn readable_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Readable(session) => Some(session),
            Self::Unreadable(_) => None,
        }
    }
}

impl<T: AsRef<Session>> Stored<T> {
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Self::Readable(session) => session.as_ref().id,
            Self::Unreadable(session) => session.id,
        }
    }

    /// The position in the order of lists. `None` if it cannot be read.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        let (created_at, id) = match self {
            Self::Readable(session) => (session.as_ref().created_at, session.as_ref().id),
            Self::Unreadable(session) => (session.created_at?, session.id),
        };
        Some(Position { created_at, id })
    }
}

impl<T: AsMut<Session>> Stored<T> {
    pub fn devices_mut(&mut self) -> &mut Vec<Device> {
        match self {
            Self::Readable(session) => &mut session.as_mut().devices,
            Self::Unreadable(session) => &mut session.devices,
        }
    }
}

impl UnreadableSession {
    /// Returns whether the session may be live: no readable field shows that it has ended.
    /// Another program may admit it.
    #[must_use]
    pub fn may_be_live(&self, now: OffsetDateTime) -> bool {
        self.active && self.expires_at.is_none_or(|expires_at| expires_at > now)
    }
}

impl StoredSession {
    /// The identity, if it can be read.
    pub fn identity_mut(&mut self) -> Option<&mut Identity> {
        match self {
            Self::Readable(session) => Some(&mut session.identity),
            Self::Unreadable(session) => session.identity.as_mut(),
        }
    }
}
