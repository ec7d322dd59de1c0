//! What an identity is: the person, or the account, that sessions belong to;
//! and a caller, who is one of them with a session.

use std::str::FromStr;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::session::{AssuranceLevel, Json, Session};

/// As much of an identity as its own person may see.
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

/// The session that a request presented, and whose it is. Not yet admitted:
/// it may be revoked, expired, or of too low an assurance level.
#[derive(Debug, Clone)]
pub struct Caller {
    pub session: Session,
    pub identity: Identity,
}
