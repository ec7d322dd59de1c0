//! The issue of one session at a sign-in.

use uuid::Uuid;

use crate::event::Change;
use crate::identity::{IdentityPatch, SessionWithIdentity};
use crate::repository::administration::{BatchOutcome, NewSession, SessionRef};
use crate::repository::error::Answer;
use crate::session_limit::SessionLimit;

/// The outcome of [`SignIns::sign_in`].
#[derive(Debug, Clone)]
pub enum SignInOutcome {
    /// The identity is inactive. Nothing was written.
    IdentityInactive,
    /// The identity has as many sessions as it may have. Nothing was written.
    LimitReached,
    Issued(Box<SignedIn>),
}

/// A session that was issued.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session as it was stored, in the state of the same transaction. `None` if it cannot be
    /// read.
    pub session: Option<SessionWithIdentity>,
    /// True if an identity that existed may be different now.
    pub changes_identity: bool,
    /// The sessions that ended, so that the identity has no more than it may have. As in
    /// [`BatchOutcome`], none is reported to two callers.
    pub evicted: BatchOutcome,
}

/// Sign-ins, in the service's own tables only.
pub trait SignIns {
    /// Creates or changes an identity, and issues a session to it, all or nothing. Ends sessions
    /// of the identity that are more than the limit, at most one batch.
    ///
    /// Sign-ins of one identity wait for each other, so that the limit holds for concurrent ones,
    /// too. The nodes of a Galera cluster do not wait for each other.
    fn sign_in<'a>(
        &'a self,
        identity: Uuid,
        patch: &'a IdentityPatch,
        new: &'a NewSession,
        limit: Option<SessionLimit>,
        change: &'a Change,
    ) -> Answer<'a, SignInOutcome>;

    /// Ends another batch of sessions that are more than the limit, in favour of this one. None if
    /// this one has ended.
    fn evict<'a>(
        &'a self,
        keep: SessionRef,
        limit: SessionLimit,
        change: &'a Change,
    ) -> Answer<'a, BatchOutcome>;
}
