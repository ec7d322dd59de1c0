//! Who is let in: the one place that decides, the same for every endpoint.

use time::OffsetDateTime;

use crate::authentication::assurance;
use crate::config::{Config, RequiredLevel, Schema};
use crate::identity::{SessionWithIdentity, State};
use crate::session::{AssuranceLevel, Session};

/// Why a caller is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The session was revoked, or has expired. An answer must not tell it from the next.
    Ended,
    /// The person's identity is switched off.
    IdentityInactive,
    /// A live session, but the person has a second factor that it has not seen.
    SecondFactorRequired,
}

/// How far the rows of a session and its identity decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    Granted,
    /// Granted unless the identity's credentials have a second factor.
    DependsOnCredentials,
}

/// Admits callers.
#[derive(Debug, Clone, Copy)]
pub struct AccessPolicy {
    required: RequiredLevel,
    schema: Schema,
    reads_credentials: bool,
}

impl AccessPolicy {
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            required: config.session.required_aal,
            schema: config.database.schema,
            reads_credentials: config.reads_credentials(),
        }
    }

    /// Lets in a session that is neither revoked nor expired, of an identity
    /// that is not switched off, at the assurance level that is required.
    pub fn admit(
        &self,
        caller: &SessionWithIdentity,
        now: OffsetDateTime,
    ) -> Result<Admission, Refusal> {
        Self::admit_at_any_level(caller, now)?;
        let SessionWithIdentity { session, identity } = caller;
        let available = identity.available_level.unwrap_or(AssuranceLevel::Aal1);
        let required = match (self.required, self.schema) {
            (RequiredLevel::Aal1, _) => AssuranceLevel::Aal1,
            (RequiredLevel::HighestAvailable, Schema::Own) => available,
            // `aal0` is what Kratos writes where it does not know.
            (RequiredLevel::HighestAvailable, Schema::Kratos) => {
                available.clamp(AssuranceLevel::Aal1, AssuranceLevel::Aal2)
            }
        };
        let reached = self.level(session);
        if reached < required {
            Err(Refusal::SecondFactorRequired)
        } else if self.reads_credentials && reached < AssuranceLevel::Aal2 {
            Ok(Admission::DependsOnCredentials)
        } else {
            Ok(Admission::Granted)
        }
    }

    /// The same whatever the assurance level: who may only sign out elsewhere
    /// takes nothing that needs a second factor, and may be in a hurry.
    pub fn admit_at_any_level(
        caller: &SessionWithIdentity,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        if !caller.session.is_live(now) {
            Err(Refusal::Ended)
        } else if caller.identity.state != State::Active {
            Err(Refusal::IdentityInactive)
        } else {
            Ok(())
        }
    }

    /// The level that a session has reached. Kratos derives it from the methods whenever it
    /// matters, whatever the column says. In own tables the column is the highest level of
    /// the methods, written with them.
    #[must_use]
    pub fn level(&self, session: &Session) -> AssuranceLevel {
        match self.schema {
            Schema::Own => session.assurance_level,
            Schema::Kratos => assurance::level_of_methods(&session.authentication_methods),
        }
    }
}
