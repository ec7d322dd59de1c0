//! The verbs on sessions, and what each guarantees, whichever database is below.

use futures_util::future::BoxFuture;
use time::OffsetDateTime;

use crate::identity::{Caller, Identity};
use crate::pagination::{Page, PageRequest};
use crate::session::{Session, SessionToken};

/// Why a verb was not done. The caller of the service learns which of the two
/// it was, the log all of it.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// The database does not answer, or not in time. The same call may well
    /// succeed later.
    #[error("the database does not answer: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What the database holds or answers is not what it should be.
    #[error("the database answered what it should not: {0}")]
    Unexpected(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The answer to "where else am I signed in?".
#[derive(Debug, Clone)]
pub struct Listing {
    /// Who asked. Not yet admitted: that is for the gate to decide.
    pub caller: Caller,
    pub others: Page<Session>,
}

/// A session to be issued, with the token that will present it.
#[derive(Debug, Clone)]
pub struct Issue {
    pub session: Session,
    pub token: SessionToken,
}

/// How many sessions [`SessionRepository::end_expired`] marks at the most.
pub const EXPIRED_AT_ONCE: u64 = 1000;

/// What can be asked of sessions.
pub trait SessionRepository: Send + Sync {
    /// The session that `token` stands for, and a page of the other sessions
    /// of its identity: neither revoked nor expired at `now`, newest first and
    /// by id where two were made at one instant. Both are of one moment.
    /// `None` where no session has this token.
    fn others<'a>(
        &'a self,
        token: &'a SessionToken,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Option<Listing>, RepositoryError>>;

    /// How many sessions all pages of [`SessionRepository::others`] have. Costs
    /// a walk over all of them.
    fn count_others<'a>(
        &'a self,
        caller: &'a Caller,
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<u64, RepositoryError>>;

    /// Adds an identity with its sessions and their devices, all or nothing.
    /// Where it gives `Ok`, they are on disk.
    fn issue<'a>(
        &'a self,
        identity: &'a Identity,
        sessions: &'a [Issue],
    ) -> BoxFuture<'a, Result<(), RepositoryError>>;

    /// Marks sessions that have expired at `now` as no longer active, at most
    /// [`EXPIRED_AT_ONCE`] of them, and tells how many. Changes no answer, only
    /// what it costs.
    fn end_expired(&self, now: OffsetDateTime) -> BoxFuture<'_, Result<u64, RepositoryError>>;

    /// Whether the database answers.
    fn ready(&self) -> BoxFuture<'_, Result<(), RepositoryError>>;
}
