//! Operations on sessions and their guarantees, whatever the database.

mod activity;
mod administration;
mod error;
mod event_log;
mod identities;
mod replica_registry;
mod session_bindings;
mod session_changes;
mod sign_ins;
mod webhook_store;

pub use activity::ActivityLog;
pub use administration::{
    AdminRepository, BATCH_SIZE, BatchOutcome, BatchSize, EmailSearch, Expired, Filter, IdBatch,
    KeptSessions, NewSession, Pruned, Selection, SessionRef,
};
pub use error::{Answer, RepositoryError};
pub use event_log::{EventFilter, EventLog, LogState};
pub use identities::IdentityRepository;
pub use replica_registry::{Changed, Look, Renewal, ReplicaRegistry, ReplicaState};
pub use session_bindings::SessionBindings;
pub use session_changes::{ChangedSession, SessionChanges};
pub use sign_ins::{SignInOutcome, SignIns, SignedIn};
pub use webhook_store::{Progress, Undelivered, WebhookState, WebhookStore};

use futures_util::future::BoxFuture;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::Change;
use crate::identity::SessionWithIdentity;
use crate::metrics::PoolState;
use crate::pagination::{Page, PageRequest, PageSize};
use crate::session::{Session, SessionToken};

/// The answer to "where else am I signed in?".
#[derive(Debug, Clone)]
pub struct Listing {
    /// The caller, not yet admitted: the access policy decides that.
    pub caller: SessionWithIdentity,
    pub others: Page<Session>,
}

/// The database and its tables, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The kind and the version of the server, such as `PostgreSQL 16.4`.
    pub database: String,
    /// The owner of the tables, with their version or their missing columns.
    pub schema: String,
}

/// Operations of people on their own sessions.
///
/// If an operation returns `Ok`, its writes have happened, on disk. If it returns an error, they
/// may have happened or not, and the operation may be retried.
///
/// If there is a log of events ([`EventLog`]), an operation that takes a [`Change`] adds an event
/// for each session that it changes, in the same transaction.
pub trait SessionRepository:
    AdminRepository
    + IdentityRepository
    + SessionChanges
    + SessionBindings
    + SignIns
    + ActivityLog
    + EventLog
    + ReplicaRegistry
    + WebhookStore
    + Send
    + Sync
{
    /// The session of `token`, and a page of the other sessions of its identity that are
    /// neither revoked nor expired at `now`: newest first, and by id if two were created at the
    /// same instant. Both are read at the same moment.
    ///
    /// `None` if no session has this token, or if the caller's session cannot be read. Other
    /// sessions that cannot be read are left out.
    fn others<'a>(
        &'a self,
        token: &'a SessionToken,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Answer<'a, Option<Listing>>;

    /// The first page of [`SessionRepository::others`], for a caller that was found before. `None`
    /// if it takes that one to find the page, because rows cannot be read.
    fn first_others(
        &self,
        caller: SessionRef,
        size: PageSize,
        now: OffsetDateTime,
    ) -> Answer<'_, Option<Page<Session>>>;

    /// The number of sessions on all pages of [`SessionRepository::others`]. Costs a walk over
    /// all of them.
    fn count_others(&self, caller: SessionRef, now: OffsetDateTime) -> Answer<'_, u64>;

    /// The session of `token`, with everything that is known of its identity. `None` if no
    /// session has this token, or if it cannot be read.
    fn whoami<'a>(&'a self, token: &'a SessionToken) -> Answer<'a, Option<SessionWithIdentity>>;

    /// True if an identity has enrolled one of the second factors of `session.second_factors`,
    /// according to its credentials. Only Kratos's tables have credentials.
    fn has_second_factor(&self, identity: Uuid) -> Answer<'_, bool>;

    /// Revokes live sessions of the caller's identity except the caller's own, at most
    /// [`BATCH_SIZE`].
    fn end_others<'a>(
        &'a self,
        caller: &'a SessionWithIdentity,
        change: &'a Change,
    ) -> Answer<'a, BatchOutcome>;

    /// Revokes one session if it is live and belongs to the caller's identity. Returns whether
    /// it did so: of several concurrent calls, only one does.
    fn end_other<'a>(
        &'a self,
        caller: &'a SessionWithIdentity,
        session: Uuid,
        change: &'a Change,
    ) -> Answer<'a, bool>;

    /// Describes the database, for the log.
    fn describe(&self) -> Answer<'_, Description>;

    /// Checks that the database answers, and accepts writes.
    fn ready(&self) -> Answer<'_, ()>;

    /// Beside Kratos, looks for columns that a migration has added, and whether missing tables
    /// are back. Does nothing if there is nothing to look for. To be called every few seconds.
    fn look_for_migration(&self) -> Answer<'_, ()>;

    /// Closes all connections properly. Later calls fail. An SQLite file of the service's own
    /// is complete without its `-wal` after that.
    fn close(&self) -> BoxFuture<'_, ()>;

    /// The current state of its connection pools.
    fn pools(&self) -> Vec<PoolState>;
}
