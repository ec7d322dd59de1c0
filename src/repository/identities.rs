//! Operations on identities, in the service's own tables only.

use uuid::Uuid;

use crate::event::Change;
use crate::identity::{Identity, State};
use crate::identity_edit::IdentityEdit;
use crate::repository::administration::SessionRef;
use crate::repository::error::Answer;

/// Operations on identities. They are as durable as those of
/// [`crate::repository::SessionRepository`], and have an event for each change.
pub trait IdentityRepository {
    /// The identity with all of its fields.
    fn identity(&self, identity: Uuid) -> Answer<'_, Option<Identity>>;

    /// Changes an identity, and returns its state after that. Its sessions stay as they are, but
    /// those of an inactive identity admit nobody. `None` if there is no such identity.
    fn edit_identity<'a>(
        &'a self,
        identity: Uuid,
        edit: &'a IdentityEdit,
        change: &'a Change,
    ) -> Answer<'a, Option<State>>;

    /// Deletes an identity with its sessions, and returns those. `None` if there is no such
    /// identity.
    fn delete_identity<'a>(
        &'a self,
        identity: Uuid,
        change: &'a Change,
    ) -> Answer<'a, Option<Vec<SessionRef>>>;

    fn identity_exists(&self, identity: Uuid) -> Answer<'_, bool>;
}
