//! Use cases of browsers that bind a session to their device, and prove it.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::authentication::{AccessPolicy, BindingProof, Credential, InvalidProof, Refusal};
use crate::bound_key::{BoundKey, SessionBinding};
use crate::event::{Actor, Cause, Change};
use crate::identity::SessionWithIdentity;
use crate::repository::SessionRef;
use crate::service::error::CallerError;
use crate::service::refusal_queue::{Client, Refused};
use crate::service::session_service::{SessionService, Subjects};
use crate::session_patch::SessionPatch;

/// A browser that is offered a binding several times at once answers each offer with another key, so
/// that refusals within this time after a binding tell nothing.
const SEVERAL_OFFERS: Duration = Duration::minutes(1);

/// Why a session is not bound, or a proof is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum BindingError {
    #[error(transparent)]
    Caller(#[from] CallerError),
    #[error(transparent)]
    Proof(#[from] InvalidProof),
    /// The session is bound to another key.
    #[error("the session is bound to another key")]
    AlreadyBound,
    /// The session's key has not signed the proof.
    #[error("another key has signed the proof")]
    WrongKey,
    /// The session is not bound, or not any more.
    #[error("the session is not bound")]
    NotBound,
}

impl SessionService {
    /// Binds the caller's session to the key that has signed the proof, and returns its id. From
    /// then on, its cookie is refused without a proof. Once it is bound, it stays bound to that key.
    ///
    /// Does nothing if the session is bound to this key already.
    pub async fn bind(
        &self,
        credential: &Credential,
        proof: &BindingProof<'_>,
        client: Client,
        now: OffsetDateTime,
    ) -> Result<Uuid, BindingError> {
        let key = proof.proven_key()?;
        let caller = self.find_from_any_device(credential, now).await?;
        let session = caller.session.id;
        let Some(bound_at) = caller.session.bound_at else {
            self.admit_at_any_level(credential, &caller, now)?;
            let bound = self.bind_to(&caller, key.clone(), client, now).await?;
            return if bound.as_ref() == Some(key) {
                Ok(session)
            } else {
                Err(BindingError::AlreadyBound)
            };
        };
        let bound = self.repository.bound_key(session).await.map_err(CallerError::from)?;
        self.settle(Subjects::These(&[session])).await;
        if bound.as_ref() == Some(key) {
            return Ok(session);
        }
        if now - bound_at > SEVERAL_OFFERS {
            self.refuse(&caller, Cause::AlreadyBound, client, now);
        }
        Err(BindingError::AlreadyBound)
    }

    /// Binds a session unless it is bound, and returns the key to which it is bound then.
    async fn bind_to(
        &self,
        caller: &SessionWithIdentity,
        key: BoundKey,
        client: Client,
        now: OffsetDateTime,
    ) -> Result<Option<BoundKey>, CallerError> {
        let session = caller.session.id;
        let Client { address, user_agent } = client;
        let binding = Some(SessionBinding { key, at: now, user_agent });
        let patch = SessionPatch { binding, ..SessionPatch::default() };
        let change = Change::bind(Actor::Person { session, address }, now);
        let fields = self.change(session, &patch, &change).await?;
        let fields = fields.ok_or(CallerError::Refused(Refusal::Ended))?;
        Ok(fields.binding.map(|binding| binding.key))
    }

    /// Checks that the key of the caller's session has signed the proof, and returns the session.
    pub async fn prove(
        &self,
        credential: &Credential,
        proof: &BindingProof<'_>,
        client: Client,
        now: OffsetDateTime,
    ) -> Result<Uuid, BindingError> {
        let caller = self.find_from_any_device(credential, now).await?;
        let key = self.repository.bound_key(caller.session.id).await.map_err(CallerError::from)?;
        let key = key.ok_or(BindingError::NotBound)?;
        if proof.is_signed_by(&key) {
            self.admit_proven(credential, caller.session.id, now);
            return Ok(caller.session.id);
        }
        self.refuse(&caller, Cause::WrongKey, client, now);
        Err(BindingError::WrongKey)
    }

    /// The caller's session, to which the browser is about to prove that it is bound.
    pub async fn bound_session(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
    ) -> Result<Uuid, BindingError> {
        let caller = self.find_from_any_device(credential, now).await?;
        if caller.session.bound_at.is_some() {
            Ok(caller.session.id)
        } else {
            Err(BindingError::NotBound)
        }
    }

    async fn find_from_any_device(
        &self,
        credential: &Credential,
        now: OffsetDateTime,
    ) -> Result<SessionWithIdentity, CallerError> {
        let caller = self.find(credential).await?;
        AccessPolicy::admit_from_any_device(&caller, now).map_err(CallerError::Refused)?;
        Ok(caller)
    }

    fn refuse(
        &self,
        caller: &SessionWithIdentity,
        cause: Cause,
        client: Client,
        at: OffsetDateTime,
    ) {
        let session = SessionRef { session: caller.session.id, identity: caller.identity.id };
        self.refusals.note(Refused { session, cause, client, at });
    }
}
