//! The verbs on sessions, and what each guarantees, whichever database is below.

mod activity;
mod administration;

pub use activity::ActivityLog;
pub use administration::{
    AdminRepository, BATCH_SIZE, BatchOutcome, BatchSize, Expired, Filter, IdBatch, NewSession,
    Pruned, Selection, SessionRef,
};

use futures_util::future::BoxFuture;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::identity::SessionWithIdentity;
use crate::metrics::PoolState;
use crate::pagination::{Page, PageRequest};
use crate::session::{Session, SessionToken};

/// Why a verb was not done. The caller of the service learns which of these
/// it was, the log all of it.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// The database does not answer, or not in time. The same call may well
    /// succeed later.
    #[error("the database does not answer: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Something else is there already that there can be only once.
    #[error("already there: {0}")]
    Conflict(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A value that the database does not take.
    #[error("not taken: {0}")]
    Rejected(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The settings, or the rights of the database's user, do not allow it: why, for the
    /// caller to read.
    #[error("not allowed: {0}")]
    NotAllowed(String),
    /// What the database holds or answers is not what it should be.
    #[error("the database answered what it should not: {0}")]
    Unexpected(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl RepositoryError {
    /// Whether another call may come through, be it at once or later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict(_))
    }
}

/// What a verb gives, in time.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, RepositoryError>>;

/// The answer to "where else am I signed in?".
#[derive(Debug, Clone)]
pub struct Listing {
    /// Who asked. Not yet admitted: that is for the gate to decide.
    pub caller: SessionWithIdentity,
    pub others: Page<Session>,
}

/// What people can ask of their own sessions.
///
/// A write has happened, on disk, where its verb gives `Ok`; where it gives an
/// error it may have happened or not, and may be asked for again.
pub trait SessionRepository: AdminRepository + ActivityLog + Send + Sync {
    /// The session that `token` stands for, and a page of the other sessions
    /// of its identity: neither revoked nor expired at `now`, newest first and
    /// by id where two were made at one instant. Both are of one moment.
    /// `None` where no session has this token, or the caller's cannot be read; of the
    /// others those that cannot be read are left out.
    fn others<'a>(
        &'a self,
        token: &'a SessionToken,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Answer<'a, Option<Listing>>;

    /// How many sessions all pages of [`SessionRepository::others`] have. Costs
    /// a walk over all of them.
    fn count_others<'a>(
        &'a self,
        caller: &'a SessionWithIdentity,
        now: OffsetDateTime,
    ) -> Answer<'a, u64>;

    /// The session that `token` stands for, with all that is known of its
    /// identity. `None` where no session has this token, or it cannot be read.
    fn whoami<'a>(&'a self, token: &'a SessionToken) -> Answer<'a, Option<SessionWithIdentity>>;

    /// Whether an identity has enrolled one of the second factors of
    /// `session.second_factors`, by its credentials. Only Kratos's tables have those.
    fn has_second_factor(&self, identity: Uuid) -> Answer<'_, bool>;

    /// Ends live sessions of the caller's identity but the caller's own, at most
    /// [`BATCH_SIZE`].
    fn end_others<'a>(
        &'a self,
        caller: &'a SessionWithIdentity,
        now: OffsetDateTime,
    ) -> Answer<'a, BatchOutcome>;

    /// Ends one session if it is live and of the caller's identity, and tells
    /// whether it has done so: of several calls at once, one has.
    fn end_other<'a>(
        &'a self,
        caller: &'a SessionWithIdentity,
        session: Uuid,
        now: OffsetDateTime,
    ) -> Answer<'a, bool>;

    /// Whether the database answers, and takes what is written.
    fn ready(&self) -> Answer<'_, ()>;

    /// Closes all connections in order. Everything asked for later fails. An SQLite file of
    /// the service's own is complete without its `-wal` after that.
    fn close(&self) -> BoxFuture<'_, ()>;

    /// What its pools of connections are like at this moment.
    fn pools(&self) -> Vec<PoolState>;
}
