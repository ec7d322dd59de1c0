//! The issue of a session, in the service's own database.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Actor, Change};
use crate::identity::{IdentityPatch, SessionWithIdentity, State};
use crate::repository::{BatchOutcome, NewSession, SessionRef, SignInOutcome, SignedIn};
use crate::service::error::OperatorError;
use crate::service::session_service::{SessionService, Subjects};
use crate::session::{AssuranceLevel, Device, Expiry, Json, Session, SessionToken};

/// The number of batches beyond the first one in which a sign-in ends sessions.
const MAX_FURTHER_BATCHES: u32 = 4;

/// A completed sign-in, as a login system reports it.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// A JSON array of the authentication methods, in the order of their completion.
    pub methods: Json,
    pub level: AssuranceLevel,
    pub device: Option<Device>,
    /// A JSON object of the login system.
    pub metadata: Option<Json>,
    /// `None` requests the default lifespan.
    pub expires_in: Option<Duration>,
}

/// A session that was issued, with its token.
#[derive(Debug, Clone)]
pub struct Issued {
    pub session: SessionWithIdentity,
    pub token: SessionToken,
}

impl SessionService {
    /// Issues a session to an identity, which is created or changed in the same transaction.
    pub async fn issue(
        &self,
        actor: Actor,
        identity: Uuid,
        patch: &IdentityPatch,
        sign_in: SignIn,
        now: OffsetDateTime,
    ) -> Result<Issued, OperatorError> {
        self.check_own_schema()?;
        if patch.state == Some(State::Inactive) {
            return Err(OperatorError::DeactivatesIdentity);
        }
        if patch.state == Some(State::Active) {
            self.end_leftovers(actor, identity, now).await?;
        }
        let new = self.new_session(sign_in, now);
        let issued = SessionRef { session: new.session.id, identity };
        let change = Change::issue(actor, now);
        let limit = self.session_limit;
        let outcome = self.repository.sign_in(identity, patch, &new, limit, &change).await?;
        let SignedIn { session, changes_identity, evicted } = match outcome {
            SignInOutcome::Issued(signed_in) => *signed_in,
            SignInOutcome::LimitReached => return Err(OperatorError::LimitReached),
            SignInOutcome::IdentityInactive => {
                // The answer says that all sessions of the identity have ended.
                self.settle(Subjects::These(&[identity])).await;
                return Err(OperatorError::IdentityInactive);
            }
        };
        self.record(&change, &[issued]);
        if changes_identity || !evicted.sessions.is_empty() {
            self.evict_rest(issued, evicted, &change).await;
            self.settle(Subjects::These(&[identity])).await;
        }
        let session = session.ok_or(OperatorError::Unreadable)?;
        Ok(Issued { session, token: new.token })
    }

    /// Ends what the limit leaves beyond a first batch, as after a limit was introduced. After some
    /// batches, or a failure, the next sign-in ends the rest: the caller of this one is waiting for
    /// the token.
    async fn evict_rest(&self, issued: SessionRef, first: BatchOutcome, change: &Change) {
        let eviction = Change::evict(change.actor, change.at);
        self.record(&eviction, &first.sessions);
        let (mut more, mut batches) = (first.more, 0);
        while more
            && batches < MAX_FURTHER_BATCHES
            && let Some(limit) = self.session_limit
        {
            match self.repository.evict(issued, limit, change).await {
                Ok(evicted) => {
                    self.record(&eviction, &evicted.sessions);
                    (more, batches) = (evicted.more, batches + 1);
                }
                Err(error) => {
                    tracing::warn!(%error, "sessions beyond the limit are left until the next sign-in");
                    return;
                }
            }
        }
    }

    fn new_session(&self, sign_in: SignIn, now: OffsetDateTime) -> NewSession {
        let Expiry { expires_at, absolute_expires_at } =
            self.lifespan.of_new_session(sign_in.expires_in, now);
        let session = Session {
            id: Uuid::new_v4(),
            created_at: now,
            issued_at: now,
            authenticated_at: now,
            expires_at,
            active: true,
            bound_at: None,
            assurance_level: sign_in.level,
            authentication_methods: sign_in.methods,
            devices: sign_in.device.into_iter().collect(),
            last_active_at: None,
            absolute_expires_at,
            name: None,
            metadata: sign_in.metadata,
        };
        NewSession { session, token: SessionToken::random() }
    }
}
