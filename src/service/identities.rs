//! Changes and deletions of identities, in the service's own database.
//!
//! An identity may have any number of sessions, which end in batches. So its state changes first:
//! from then on, none of its sessions admits anybody. Before it becomes active again, sessions that
//! are left from an interrupted call end.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::Schema;
use crate::event::{Actor, Cause, Change};
use crate::identity::{Identity, State};
use crate::identity_edit::IdentityEdit;
use crate::repository::{BATCH_SIZE, Filter, IdBatch, RepositoryError, Selection};
use crate::service::error::OperatorError;
use crate::service::session_service::{SessionService, Subjects};

impl SessionService {
    /// The identity with all of its fields.
    pub async fn identity(&self, identity: Uuid) -> Result<Identity, OperatorError> {
        self.check_own_schema()?;
        self.repository.identity(identity).await?.ok_or(OperatorError::NotFound)
    }

    /// Changes an identity. If it is inactive after that, all of its sessions end.
    pub async fn edit_identity(
        &self,
        actor: Actor,
        identity: Uuid,
        edit: &IdentityEdit,
        now: OffsetDateTime,
    ) -> Result<(), OperatorError> {
        self.check_own_schema()?;
        if edit.state == Some(State::Active) {
            self.end_leftovers(actor, identity, now).await?;
        }
        let change = deactivation(actor, now);
        let state = self.repository.edit_identity(identity, edit, &change).await?;
        self.settle(Subjects::These(&[identity])).await;
        if state.ok_or(OperatorError::NotFound)? == State::Inactive {
            self.end_all_of(identity, &change).await?;
        }
        Ok(())
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
        let filter = Filter { identity: Some(identity), live: None };
        if self.repository.count(filter, now).await? > BATCH_SIZE as u64 {
            let inactive = IdentityEdit::state(State::Inactive);
            self.repository.edit_identity(identity, &inactive, &change).await?;
            self.settle(Subjects::These(&[identity])).await;
            let selection = Selection::OfIdentities(IdBatch::one(&identity));
            loop {
                let deleted = self.repository.delete(selection, &change).await?;
                self.record(&change, &deleted.sessions);
                if !deleted.more {
                    break;
                }
            }
        }
        let deleted = self.repository.delete_identity(identity, &change).await?;
        if let Some(sessions) = &deleted {
            self.record(&change, sessions);
        }
        self.settle(Subjects::These(&[identity])).await;
        deleted.map(drop).ok_or(OperatorError::NotFound)
    }

    /// Ends the sessions that an inactive identity still has, because the call that deactivated it
    /// was interrupted. To be called before an identity becomes active.
    pub(super) async fn end_leftovers(
        &self,
        actor: Actor,
        identity: Uuid,
        now: OffsetDateTime,
    ) -> Result<(), RepositoryError> {
        let found = self.repository.identity(identity).await?;
        if found.is_some_and(|found| found.state == State::Inactive) {
            self.end_all_of(identity, &deactivation(actor, now)).await?;
        }
        Ok(())
    }

    async fn end_all_of(&self, identity: Uuid, change: &Change) -> Result<(), RepositoryError> {
        let selection = Selection::OfIdentities(IdBatch::one(&identity));
        loop {
            let ended = self.repository.end(selection, change).await?;
            self.record(change, &ended.sessions);
            if !ended.more {
                return Ok(());
            }
        }
    }

    /// Only Kratos creates identities and sessions in its database.
    pub(super) fn check_own_schema(&self) -> Result<(), OperatorError> {
        match self.schema {
            Schema::Own => Ok(()),
            Schema::Kratos => Err(OperatorError::BesideKratos),
        }
    }
}

fn deactivation(actor: Actor, now: OffsetDateTime) -> Change {
    Change::end(actor, Cause::IdentityDeactivated, "identity deactivated", now)
}
