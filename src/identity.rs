//! What an identity is: the person, or the account, that sessions belong to;
//! and a caller, who is one of them with a session.

use std::str::FromStr;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::session::{AssuranceLevel, Json, Session};

/// A person, as far as it was read.
#[derive(Debug, Clone)]
pub struct Identity {
    pub id: Uuid,
    /// The name that another system has for it.
    pub external_id: Option<String>,
    pub schema_id: String,
    pub state: State,
    pub state_changed_at: Option<OffsetDateTime>,
    pub traits: Json,
    pub metadata_public: Option<Json>,
    /// For operators only. `None` too where it was not read.
    pub metadata_admin: Option<Json>,
    /// Empty too where they were not read, and in the service's own database,
    /// where addresses are among the traits.
    pub verifiable_addresses: Vec<VerifiableAddress>,
    pub recovery_addresses: Vec<RecoveryAddress>,
    /// The highest level that this person has the factors for; `None` counts as one factor.
    pub available_level: Option<AssuranceLevel>,
    pub organization_id: Option<Uuid>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// Whether the person may sign in at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    Inactive,
}

impl State {
    /// The name as it stands in databases and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name {
            "active" => Ok(Self::Active),
            "inactive" => Ok(Self::Inactive),
            _ => Err(()),
        }
    }
}

/// An address that shows to be the person's own once it is verified.
#[derive(Debug, Clone)]
pub struct VerifiableAddress {
    pub id: Uuid,
    pub value: String,
    /// The way to it, such as `email`.
    pub via: String,
    pub status: String,
    pub verified: bool,
    pub verified_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// An address by which the person can get back in.
#[derive(Debug, Clone)]
pub struct RecoveryAddress {
    pub id: Uuid,
    pub value: String,
    pub via: String,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// What is known, or is to be from now on, of an identity: what is `None` stays
/// as it is, and of a new one is the default.
#[derive(Debug, Clone, Default)]
pub struct IdentityPatch {
    pub external_id: Option<String>,
    pub schema_id: Option<String>,
    pub state: Option<State>,
    pub traits: Option<Json>,
    pub metadata_public: Option<Json>,
    pub metadata_admin: Option<Json>,
    pub available_level: Option<AssuranceLevel>,
    pub organization_id: Option<Uuid>,
}

/// A session, and whose it is. Where a token presented it, its person is not
/// yet admitted: it may be revoked, expired, or of too low an assurance level.
#[derive(Debug, Clone)]
pub struct SessionWithIdentity {
    pub session: Session,
    pub identity: Identity,
}

impl AsRef<Session> for SessionWithIdentity {
    fn as_ref(&self) -> &Session {
        &self.session
    }
}

impl AsMut<Session> for SessionWithIdentity {
    fn as_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}
