//! Changes and deletions of identities, in the service's own database.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Schema;
use crate::event::{Actor, Cause, Change};
use crate::identity::IdentityPatch;
use crate::repository::SessionRef;
use crate::service::error::OperatorError;
use crate::service::session_service::{SessionService, Subjects};

impl SessionService {
    /// Changes an identity. If that makes it inactive, its sessions end in the same instant.
    pub async fn change_identity(
        &self,
        actor: Actor,
        identity: Uuid,
        patch: &IdentityPatch,
        now: OffsetDateTime,
    ) -> Result<(), OperatorError> {
        self.check_own_schema()?;
        let cause = Cause::IdentityDeactivated;
        let change = Change::end(actor, cause, "identity deactivated", now);
        let ended = self.repository.change_identity(identity, patch, &change).await?;
        self.conclude_identity(identity, &change, ended).await
    }

    /// Deletes an identity and all of its sessions.
    pub async fn delete_identity(
        &self,
        actor: Actor,
        identity: Uuid,
        now: OffsetDateTime,
    ) -> Result<(), OperatorError> {
        self.check_own_schema()?;
        let change = Change::delete(actor, Cause::IdentityDeleted, "identity deleted", now);
        let deleted = self.repository.delete_identity(identity, &change).await?;
        self.conclude_identity(identity, &change, deleted).await
    }

    async fn conclude_identity(
        &self,
        identity: Uuid,
        change: &Change,
        sessions: Option<Vec<SessionRef>>,
    ) -> Result<(), OperatorError> {
        if let Some(sessions) = &sessions {
            self.record(change, sessions);
        }
        self.settle(Subjects::These(&[identity])).await;
        sessions.map(drop).ok_or(OperatorError::NotFound)
    }

    /// Only Kratos creates identities and sessions in its database.
    pub(super) fn check_own_schema(&self) -> Result<(), OperatorError> {
        match self.schema {
            Schema::Own => Ok(()),
            Schema::Kratos => Err(OperatorError::BesideKratos),
        }
    }
}
