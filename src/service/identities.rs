//! Changes and deletions of identities, in the service's own database.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Schema;
use crate::identity::IdentityPatch;
use crate::service::actor::Actor;
use crate::service::audit::Change;
use crate::service::error::OperatorError;
use crate::service::session_service::SessionService;

impl SessionService {
    /// Changes an identity. If that makes it inactive, its sessions end in the same instant.
    pub async fn change_identity(
        &self,
        actor: Actor,
        identity: Uuid,
        change: &IdentityPatch,
        now: OffsetDateTime,
    ) -> Result<(), OperatorError> {
        self.check_own_schema()?;
        let ended = self.repository.change_identity(identity, change, now).await?;
        let ended = ended.ok_or(OperatorError::NotFound)?;
        self.record(actor, Change::Ended, "identity deactivated", &ended);
        Ok(())
    }

    /// Deletes an identity and all of its sessions.
    pub async fn delete_identity(&self, actor: Actor, identity: Uuid) -> Result<(), OperatorError> {
        self.check_own_schema()?;
        let deleted = self.repository.delete_identity(identity).await?;
        let deleted = deleted.ok_or(OperatorError::NotFound)?;
        self.record(actor, Change::Deleted, "identity deleted", &deleted);
        Ok(())
    }

    /// Only Kratos creates identities and sessions in its database.
    pub(super) fn check_own_schema(&self) -> Result<(), OperatorError> {
        match self.schema {
            Schema::Own => Ok(()),
            Schema::Kratos => Err(OperatorError::BesideKratos),
        }
    }
}
