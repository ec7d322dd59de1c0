//! Changes of sessions that live on.

use uuid::Uuid;

use crate::event::Change;
use crate::repository::administration::SessionRef;
use crate::repository::error::Answer;
use crate::session_patch::{SessionFields, SessionPatch};

/// A session after a change.
#[derive(Debug, Clone)]
pub struct ChangedSession {
    pub session: SessionRef,
    pub fields: SessionFields,
    /// False if the session was like this before.
    pub is_different: bool,
}

/// Changes of one session, in the service's own tables only.
pub trait SessionChanges {
    /// Changes a live session. `None` if it does not exist or has ended. A change that makes no
    /// difference has no event.
    fn change_session<'a>(
        &'a self,
        session: Uuid,
        patch: &'a SessionPatch,
        change: &'a Change,
    ) -> Answer<'a, Option<ChangedSession>>;
}
