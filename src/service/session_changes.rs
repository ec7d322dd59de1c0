//! Use cases that change a session which lives on: step-up, renewal, metadata and names.

use std::net::IpAddr;
use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::authentication::Credential;
use crate::edit::Edit;
use crate::event::{Actor, Change};
use crate::identity::SessionWithIdentity;
use crate::repository::ChangedSession;
use crate::repository::RepositoryError;
use crate::service::error::{CallerError, OperatorError};
use crate::service::session_service::{SessionService, Subjects};
use crate::session::{Json, SessionName, SessionToken};
use crate::session_patch::{SessionFields, SessionPatch, StepUp};
use crate::stored_session::StoredSession;

/// The changes that a login system makes to a session.
#[derive(Debug, Clone, Default)]
pub struct SessionUpdate {
    pub step_up: Option<StepUp>,
    /// The time from now until the session expires.
    pub expires_in: Option<Duration>,
    pub metadata: Edit<Json>,
    /// Replaces the token.
    pub rotates_token: bool,
}

/// A session after an update, with its new token if it has one.
#[derive(Debug, Clone)]
pub struct Updated {
    pub session: SessionWithIdentity,
    pub token: Option<SessionToken>,
}

impl SessionService {
    /// Changes a session. From then on, its former token is refused if it has a new one.
    pub async fn update(
        &self,
        actor: Actor,
        session: Uuid,
        update: SessionUpdate,
        now: OffsetDateTime,
    ) -> Result<Updated, OperatorError> {
        self.check_own_schema()?;
        let mut found = self.get_readable(session).await?;
        let reason = reason(&update);
        let issued_at = found.session.issued_at;
        let token = update.rotates_token.then(SessionToken::random);
        let patch = SessionPatch {
            step_up: update.step_up,
            expiry: update.expires_in.map(|time| self.lifespan.renewal(issued_at, time, now)),
            metadata: update.metadata,
            name: Edit::Keep,
            token: token.clone(),
            binding: None,
        };
        let change = Change::property(actor, reason, now);
        let changed = self.change(session, &patch, &change).await?;
        // Built from what was written, so that no failure after the change loses the token.
        changed.ok_or(OperatorError::HasEnded)?.write_to(&mut found.session);
        Ok(Updated { session: found, token })
    }

    /// Names one of the caller's sessions, or removes its name. Does nothing if the session does
    /// not exist, has ended or belongs to somebody else.
    pub async fn name_session(
        &self,
        credential: &Credential,
        session: Uuid,
        name: Option<SessionName>,
        address: Option<IpAddr>,
        now: OffsetDateTime,
    ) -> Result<(), CallerError> {
        self.check_signs_out()?;
        let caller = self.find(credential).await?;
        self.admit(credential, &caller, now).await?;
        if session != caller.session.id {
            let found = self.repository.get(session).await?;
            let owner = found.and_then(StoredSession::readable).map(|found| found.identity.id);
            if owner != Some(caller.identity.id) {
                return Ok(());
            }
        }
        let actor = Actor::Person { session: caller.session.id, address };
        let patch = SessionPatch { name: Edit::from(name), ..SessionPatch::default() };
        self.change(session, &patch, &Change::property(actor, "named", now)).await?;
        Ok(())
    }

    /// Changes a live session. `None` if it has ended.
    pub(super) async fn change(
        &self,
        session: Uuid,
        patch: &SessionPatch,
        change: &Change,
    ) -> Result<Option<SessionFields>, RepositoryError> {
        let changed = self.repository.change_session(session, patch, change).await?;
        if let Some(ChangedSession { session, is_different: true, .. }) = &changed {
            self.record(change, &[*session]);
        }
        self.settle(Subjects::These(&[session])).await;
        Ok(changed.map(|changed| changed.fields))
    }
}

/// The most important part of an update, for audit records.
fn reason(update: &SessionUpdate) -> &'static str {
    match update {
        SessionUpdate { step_up: Some(_), .. } => "stepped up",
        SessionUpdate { rotates_token: true, .. } => "new token",
        SessionUpdate { expires_in: Some(_), .. } => "new expiry",
        _ => "new metadata",
    }
}
