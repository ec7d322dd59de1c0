//! Identities: the people, or accounts, that sessions belong to. A caller is an identity
//! together with one of its sessions.

use std::str::FromStr;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::session::{AssuranceLevel, Json, Session};

/// The person or account that a session belongs to, with the fields that were read.
#[derive(Debug, Clone)]
pub struct Identity {
    pub id: Uuid,
    /// The identifier of this identity in another system.
    pub external_id: Option<String>,
    pub schema_id: String,
    pub state: State,
    pub state_changed_at: Option<OffsetDateTime>,
    pub traits: Json,
    pub metadata_public: Option<Json>,
    /// Visible to operators only. Also `None` if it was not read.
    pub metadata_admin: Option<Json>,
    /// Also empty if the addresses were not read. Always empty in the service's own tables,
    /// where addresses are part of the traits.
    pub verifiable_addresses: Vec<VerifiableAddress>,
    pub recovery_addresses: Vec<RecoveryAddress>,
    /// The highest level that the enrolled factors allow. `None` counts as one factor.
    pub available_level: Option<AssuranceLevel>,
    pub organization_id: Option<Uuid>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// The state of an identity: only an active one may use its sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    Inactive,
}

impl State {
    /// The name in databases and responses.
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

/// An address. Once it is verified, it is known to belong to the person.
#[derive(Debug, Clone)]
pub struct VerifiableAddress {
    pub id: Uuid,
    pub value: String,
    /// The channel, such as `email`.
    pub via: String,
    pub status: String,
    pub verified: bool,
    pub verified_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// An address through which the person can recover the account.
#[derive(Debug, Clone)]
pub struct RecoveryAddress {
    pub id: Uuid,
    pub value: String,
    pub via: String,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// New values for the fields of an identity. A field that is `None` keeps its value, or has its
/// default in a new identity.
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

impl IdentityPatch {
    /// Returns whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            external_id,
            schema_id,
            state,
            traits,
            metadata_public,
            metadata_admin,
            available_level,
            organization_id,
        } = self;
        let texts = [external_id, schema_id].into_iter().all(Option::is_none);
        let documents = [traits, metadata_public, metadata_admin].into_iter().all(Option::is_none);
        let others = state.is_none() && available_level.is_none() && organization_id.is_none();
        texts && documents && others
    }
}

/// A session and its identity. A session that was found by its token is not admitted yet: it may
/// be revoked, expired, or of too low an assurance level.
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
