//! The access policy: the one place that admits or refuses callers, for every endpoint.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::authentication::credential::{Credential, CredentialKind};
use crate::authentication::level_of_methods;
use crate::config::{Binding, Config, RequiredLevel, Schema};
use crate::identity::{SessionWithIdentity, State};
use crate::session::{AssuranceLevel, Session};

/// A browser receives its first proof a moment after its session was bound, and has requests on
/// their way meanwhile. The cookie alone counted until then, so that no copy of it gains much.
const SETTLING_TIME: Duration = Duration::from_secs(10);

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
    /// The session is bound to a device, and its cookie came without a valid proof of that device.
    NotProven {
        session: Uuid,
        identity: Uuid,
        /// A proof came that has run out.
        was_proven: bool,
    },
    /// The session had to be bound to a device, and was not in time.
    NotBound,
}

/// The facts that decide about the cookie of a session.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    pub session: Uuid,
    pub identity: Uuid,
    pub bound_at: Option<OffsetDateTime>,
    pub issued_at: OffsetDateTime,
}

impl Bound {
    #[must_use]
    pub fn of(caller: &SessionWithIdentity) -> Self {
        let SessionWithIdentity { session, identity } = caller;
        Self {
            session: session.id,
            identity: identity.id,
            bound_at: session.bound_at,
            issued_at: session.issued_at,
        }
    }
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
    binding: Binding,
    binding_grace: Duration,
}

impl AccessPolicy {
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            required: config.session.required_aal,
            schema: config.database.schema,
            reads_credentials: config.reads_credentials(),
            binding: config.session.binding,
            binding_grace: config.session.binding_grace,
        }
    }

    /// Admits a session that is neither revoked nor expired, whose identity is active, and
    /// that has reached the required assurance level. Its cookie has to come with a proof if it is
    /// bound to a device.
    pub fn admit(
        &self,
        credential: &Credential,
        caller: &SessionWithIdentity,
        now: OffsetDateTime,
    ) -> Result<Admission, Refusal> {
        self.admit_at_any_level(credential, caller, now)?;
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
        &self,
        credential: &Credential,
        caller: &SessionWithIdentity,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        Self::admit_from_any_device(caller, now)?;
        self.admit_cookie(credential, Bound::of(caller), now)
    }

    /// Admits the cookie of a session from the device to which it is bound, and other credentials
    /// of any session. Reads nothing but its arguments.
    pub fn admit_cookie(
        &self,
        credential: &Credential,
        bound: Bound,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        if self.binding == Binding::Off || credential.kind != CredentialKind::Cookie {
            return Ok(());
        }
        let Bound { session, identity, bound_at, issued_at } = bound;
        if let Some(bound_at) = bound_at {
            return match credential.proven_until(session) {
                Some(until) if until > now => Ok(()),
                _ if (now - bound_at).unsigned_abs() < SETTLING_TIME => Ok(()),
                until => Err(Refusal::NotProven { session, identity, was_proven: until.is_some() }),
            };
        }
        let is_due = self.binding == Binding::Require && now - issued_at >= self.binding_grace;
        if is_due { Err(Refusal::NotBound) } else { Ok(()) }
    }

    /// Like [`AccessPolicy::admit_at_any_level`], but from any device. For proofs of a device.
    pub fn admit_from_any_device(
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
