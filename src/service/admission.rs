//! Admission: from a credential to a caller, or to a refusal. Counts the outcomes.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::authentication::{Admission, Credential, Refusal};
use crate::identity::SessionWithIdentity;
use crate::metrics::Authentication;
use crate::service::error::CallerError;
use crate::service::session_cache::CurrentSession;
use crate::service::session_service::SessionService;

impl SessionService {
    /// Finds the session of a credential, with its identity. The caller is not admitted yet.
    pub(super) async fn find(
        &self,
        credential: &Credential,
    ) -> Result<SessionWithIdentity, CallerError> {
        let found = self.repository.whoami(&credential.token).await?;
        self.known(credential, found)
    }

    /// Unwraps what the repository found for a credential.
    pub(super) fn known<T>(
        &self,
        credential: &Credential,
        found: Option<T>,
    ) -> Result<T, CallerError> {
        found.ok_or_else(|| {
            self.count(credential, "unknown");
            CallerError::UnknownCredential
        })
    }

    /// Admits or refuses the caller.
    pub(super) async fn admit(
        &self,
        credential: &Credential,
        caller: &SessionWithIdentity,
        now: OffsetDateTime,
    ) -> Result<(), CallerError> {
        let admission = match self.access_policy.admit(credential, caller, now) {
            Ok(Admission::Granted) => Ok(()),
            Ok(Admission::DependsOnCredentials) => {
                let has_second_factor = self.repository.has_second_factor(caller.identity.id);
                if has_second_factor.await? { Err(Refusal::SecondFactorRequired) } else { Ok(()) }
            }
            Err(refusal) => Err(refusal),
        };
        self.conclude(credential, caller.session.id, admission, now)
    }

    /// Admits or refuses the caller, without regard to the assurance level.
    pub(super) fn admit_at_any_level(
        &self,
        credential: &Credential,
        caller: &SessionWithIdentity,
        now: OffsetDateTime,
    ) -> Result<(), CallerError> {
        let admission = self.access_policy.admit_at_any_level(credential, caller, now);
        self.conclude(credential, caller.session.id, admission, now)
    }

    /// Admits a caller that was admitted before and has not changed since, or refuses its cookie.
    pub(super) fn admit_again(
        &self,
        credential: &Credential,
        current: &CurrentSession,
        now: OffsetDateTime,
    ) -> Result<(), CallerError> {
        let admission = self.access_policy.admit_cookie(credential, current.bound(), now);
        self.conclude(credential, current.session, admission, now)
    }

    /// Counts and records a caller that has proved to use the device of its session.
    pub(super) fn admit_proven(&self, credential: &Credential, session: Uuid, now: OffsetDateTime) {
        self.activity.record(session, now);
        self.count(credential, "accepted");
    }

    fn conclude(
        &self,
        credential: &Credential,
        session: Uuid,
        admission: Result<(), Refusal>,
        now: OffsetDateTime,
    ) -> Result<(), CallerError> {
        if admission.is_ok() {
            self.activity.record(session, now);
        }
        let outcome = match admission {
            Ok(()) => "accepted",
            Err(Refusal::Ended) => "ended",
            Err(Refusal::IdentityInactive) => "identity_inactive",
            Err(Refusal::SecondFactorRequired) => "second_factor_required",
            Err(Refusal::NotProven { .. }) => "not_proven",
            Err(Refusal::NotBound) => "not_bound",
        };
        self.count(credential, outcome);
        admission.map_err(CallerError::Refused)
    }

    fn count(&self, credential: &Credential, outcome: &'static str) {
        let credential = credential.kind.as_str();
        self.metrics.authenticated(Authentication { credential, outcome });
    }
}
