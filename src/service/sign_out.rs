//! Use cases of people, on their current session: sign out here.

use std::net::IpAddr;

use time::OffsetDateTime;

use crate::authentication::{Bound, Credential, Refusal};
use crate::config::Schema;
use crate::event::{Actor, Cause, Change};
use crate::repository::{IdBatch, Selection};
use crate::service::error::CallerError;
use crate::service::session_service::{SessionService, Subjects};

impl SessionService {
    /// An error if people do not sign out here, but from the Kratos whose sessions these are.
    pub fn check_signs_out(&self) -> Result<(), CallerError> {
        if self.schema == Schema::Kratos { Err(CallerError::BesideKratos) } else { Ok(()) }
    }

    /// Checks that the caller is signed in and may sign out. One factor is enough.
    pub async fn check_signed_in(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
    ) -> Result<(), CallerError> {
        self.check_signs_out()?;
        let caller = self.find(credential).await?;
        may_sign_out(self.admit_at_any_level(credential, &caller, now))
    }

    /// Ends the caller's current session. Does nothing if it has ended. The cookie of a bound session
    /// has to come from its device.
    pub async fn sign_out(
        &self,
        credential: &Credential,
        address: Option<IpAddr>,
        now: OffsetDateTime,
    ) -> Result<(), CallerError> {
        self.check_signs_out()?;
        let caller = self.find(credential).await?;
        if caller.session.is_live(now) {
            let admission = self.access_policy.admit_cookie(credential, Bound::of(&caller), now);
            may_sign_out(admission.map_err(CallerError::Refused))?;
        }
        let session = caller.session.id;
        let change =
            Change::end(Actor::Person { session, address }, Cause::User, "signed out", now);
        let selection = Selection::Sessions(IdBatch::one(&session));
        let ended = self.repository.end(selection, &change).await?;
        self.record(&change, &ended.sessions);
        // The answer says that it has ended, also if another call has ended it.
        self.settle(Subjects::These(&[session])).await;
        Ok(())
    }
}

/// A person whose browser cannot bind sessions may end one that had to be bound.
fn may_sign_out(admission: Result<(), CallerError>) -> Result<(), CallerError> {
    match admission {
        Err(CallerError::Refused(Refusal::NotBound)) => Ok(()),
        admission => admission,
    }
}
