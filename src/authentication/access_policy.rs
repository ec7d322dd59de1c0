//! The access policy: the one place that admits or refuses callers, for every endpoint.

use time::OffsetDateTime;

use crate::authentication::level_of_methods;
use crate::config::{Config, RequiredLevel, Schema};
use crate::identity::{SessionWithIdentity, State};
use crate::session::{AssuranceLevel, Session};

/// Why a caller is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The session was revoked or has expired. Responses must not distinguish this from
    /// [`Refusal::IdentityInactive`].
    Ended,
    /// The person's identity is inactive.
    IdentityInactive,
    /// The session is live, but lacks the second factor that the person has enrolled.
    SecondFactorRequired,
}

/// The decision, as far as the rows of the session and its identity determine it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    Granted,
    /// Granted unless the identity's credentials include a second factor.
    DependsOnCredentials,
}

/// Admits or refuses callers.
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

    /// Admits a session that is neither revoked nor expired, whose identity is active, and
    /// that has reached the required assurance level.
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
            // Kratos writes `aal0` if it does not know the level.
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

    /// Like [`AccessPolicy::admit`], but at any assurance level. For signing out elsewhere:
    /// it gives the caller nothing that needs a second factor, and may be urgent.
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

    /// The level that a session has reached. Kratos always derives it from the methods and
    /// ignores the column. In own tables the column holds the highest level of the methods,
    /// and is written together with them.
    #[must_use]
    pub fn level(&self, session: &Session) -> AssuranceLevel {
        match self.schema {
            Schema::Own => session.assurance_level,
            Schema::Kratos => level_of_methods::level_of_methods(&session.authentication_methods),
        }
    }
}
