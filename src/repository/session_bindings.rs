//! Bindings of sessions to devices. Sessions are bound by
//! [`crate::repository::SessionChanges::change_session`].

use uuid::Uuid;

use crate::bound_key::BoundKey;
use crate::event::Change;
use crate::repository::administration::SessionRef;
use crate::repository::error::Answer;

/// Keys of bound sessions, and refusals, in the service's own tables only.
pub trait SessionBindings {
    /// The key to which a session is bound. `None` if it is not bound, or does not exist.
    fn bound_key(&self, session: Uuid) -> Answer<'_, Option<BoundKey>>;

    /// Adds the event of a session whose use was refused.
    fn note_refusal<'a>(
        &'a self,
        session: SessionRef,
        user_agent: Option<&'a str>,
        change: &'a Change,
    ) -> Answer<'a, ()>;
}
