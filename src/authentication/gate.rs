//! Who is let in: the one place that decides, the same for every endpoint.

use time::OffsetDateTime;

use crate::config::RequiredLevel;
use crate::identity::{SessionOfIdentity, State};
use crate::session::AssuranceLevel;

/// Why a caller is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The session was revoked, or has expired. An answer must not tell it from the next.
    Ended,
    /// The person's identity is switched off.
    SwitchedOff,
    /// A live session, but the person has a second factor that it has not seen.
    SecondFactorRequired,
}

/// Admits callers.
#[derive(Debug, Clone, Copy)]
pub struct Gate {
    required: RequiredLevel,
}

impl Gate {
    #[must_use]
    pub fn new(required: RequiredLevel) -> Self {
        Self { required }
    }

    /// Lets in a session that is neither revoked nor expired, of an identity
    /// that is not switched off, at the assurance level that is required.
    pub fn admit(&self, caller: &SessionOfIdentity, now: OffsetDateTime) -> Result<(), Refusal> {
        Self::admit_at_any_level(caller, now)?;
        let SessionOfIdentity { session, identity } = caller;
        let required = match self.required {
            RequiredLevel::Aal1 => AssuranceLevel::Aal1,
            RequiredLevel::HighestAvailable => {
                identity.available_level.unwrap_or(AssuranceLevel::Aal1)
            }
        };
        if session.assurance_level < required {
            return Err(Refusal::SecondFactorRequired);
        }
        Ok(())
    }

    /// The same whatever the assurance level: who may only sign out elsewhere
    /// takes nothing that needs a second factor, and may be in a hurry.
    pub fn admit_at_any_level(
        caller: &SessionOfIdentity,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        if !caller.session.is_live(now) {
            Err(Refusal::Ended)
        } else if caller.identity.state != State::Active {
            Err(Refusal::SwitchedOff)
        } else {
            Ok(())
        }
    }
}
