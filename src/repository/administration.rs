//! Operations for operators, and for login systems that issue sessions.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::Change;
use crate::identity::IdentityPatch;
use crate::pagination::{Page, PageRequest, Position};
use crate::repository::error::Answer;
use crate::session::{Expiry, Session, SessionToken};
use crate::stored_session::StoredSession;

/// Maximum number of sessions that one operation writes, so that none holds up others.
pub const BATCH_SIZE: usize = 1000;

/// Maximum number of rows that a step of background work looks at, and therefore writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchSize(usize);

impl BatchSize {
    pub const MAX: Self = Self(BATCH_SIZE);
    const MIN: usize = 16;

    /// A size between 1 and the maximum.
    #[must_use]
    pub fn at_most(limit: usize) -> Self {
        Self(limit.clamp(1, BATCH_SIZE))
    }

    #[must_use]
    pub fn get(self) -> usize {
        self.0
    }

    /// `None` if this is the smallest size.
    #[must_use]
    pub fn halved(self) -> Option<Self> {
        (self.0 > Self::MIN).then(|| Self((self.0 / 2).max(Self::MIN)))
    }

    #[must_use]
    pub fn doubled(self) -> Self {
        Self((self.0 * 2).min(BATCH_SIZE))
    }
}

impl From<BatchSize> for i64 {
    fn from(size: BatchSize) -> Self {
        Self::try_from(size.0).unwrap_or(Self::MAX)
    }
}

/// Selects the sessions of a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub identity: Option<Uuid>,
    /// `true` selects live sessions only, `false` those that have ended.
    pub live: Option<bool>,
}

/// Selects the sessions of a bulk operation.
#[derive(Debug, Clone, Copy)]
pub enum Selection<'a> {
    Sessions(IdBatch<'a>),
    OfIdentities(IdBatch<'a>),
    /// The sessions of identities, except these.
    OfIdentitiesExcept(IdBatch<'a>, KeptSessions<'a>),
    All,
}

/// Ids, at most as many as fit into one statement.
#[derive(Debug, Clone, Copy)]
pub struct IdBatch<'a>(&'a [Uuid]);

impl<'a> IdBatch<'a> {
    pub const MAX: usize = 500;

    /// `None` if there are too many ids.
    #[must_use]
    pub fn new(ids: &'a [Uuid]) -> Option<Self> {
        (ids.len() <= Self::MAX).then_some(Self(ids))
    }

    #[must_use]
    pub fn one(id: &'a Uuid) -> Self {
        Self(std::slice::from_ref(id))
    }

    #[must_use]
    pub fn ids(self) -> &'a [Uuid] {
        self.0
    }
}

/// Ids of sessions that a bulk operation leaves alone.
#[derive(Debug, Clone, Copy)]
pub struct KeptSessions<'a>(&'a [Uuid]);

impl<'a> KeptSessions<'a> {
    pub const MAX: usize = 16;

    /// `None` if there are too many ids.
    #[must_use]
    pub fn new(ids: &'a [Uuid]) -> Option<Self> {
        (ids.len() <= Self::MAX).then_some(Self(ids))
    }

    #[must_use]
    pub fn ids(self) -> &'a [Uuid] {
        self.0
    }
}

/// A session that was written to, and its identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRef {
    pub session: Uuid,
    pub identity: Uuid,
}

/// The result of a bulk operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchOutcome {
    /// The sessions that were written to. None of them is reported to two callers, unless the
    /// database rolled back a commit whose response was lost.
    pub sessions: Vec<SessionRef>,
    /// True if a full batch was processed, so that there may be more.
    pub more: bool,
}

/// The result of [`AdminRepository::end_expired`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The sessions that were marked. As in [`BatchOutcome`], none is reported to two callers.
    pub sessions: Vec<SessionRef>,
    /// True if it looked at as many rows as it may and marked some, so that there may be more.
    pub more: bool,
}

/// The result of a batch of [`AdminRepository::prune`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned {
    /// The sessions that were deleted, or that would be in a dry run. As in [`BatchOutcome`],
    /// no deleted one is reported to two callers.
    pub sessions: Vec<SessionRef>,
    /// Start of the next batch; `None` after the last one.
    pub next: Option<Position>,
}

/// The result of a search by e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailSearch {
    pub identities: Vec<Uuid>,
    /// The reason why login identifiers were not searched, if they were not: a table or a right is
    /// missing that serving does not need.
    pub unsearched: Option<String>,
}

/// A session to be issued, with its token.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub session: Session,
    pub token: SessionToken,
}

/// Operations on everyone's sessions. Writes are as durable as those of
/// [`crate::repository::SessionRepository`].
pub trait AdminRepository {
    /// A page of sessions, newest first, and by id if two were created at the same instant. Each
    /// has its identity and devices, but no addresses.
    ///
    /// Sessions that cannot be read are included. A session whose place in the order cannot be
    /// read is on a page with room for it.
    fn list(
        &self,
        filter: Filter,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Answer<'_, Page<StoredSession>>;

    /// The number of sessions on all pages of [`AdminRepository::list`].
    fn count(&self, filter: Filter, now: OffsetDateTime) -> Answer<'_, u64>;

    /// One session, with everything that is known of its identity.
    fn get(&self, session: Uuid) -> Answer<'_, Option<StoredSession>>;

    /// Extends a live session until `until`, unless it would end later anyway. Returns whether it
    /// did so: of several concurrent calls, only one does.
    fn extend<'a>(&'a self, session: Uuid, until: Expiry, change: &'a Change) -> Answer<'a, bool>;

    /// Revokes live sessions, at most [`BATCH_SIZE`].
    fn end<'a>(&'a self, selection: Selection<'a>, change: &'a Change) -> Answer<'a, BatchOutcome>;

    /// Deletes sessions, live or not, at most [`BATCH_SIZE`].
    fn delete<'a>(
        &'a self,
        selection: Selection<'a>,
        change: &'a Change,
    ) -> Answer<'a, BatchOutcome>;

    /// Marks sessions that have expired by now as no longer active, and returns them. Looks at
    /// `limit` rows. This changes no response, only its cost. Does nothing in a Kratos's tables.
    fn end_expired<'a>(&'a self, change: &'a Change, limit: BatchSize) -> Answer<'a, Expired>;

    /// Creates or changes an identity, and adds sessions with their devices to it, all or
    /// nothing, whatever the limit. False if the identity is inactive, and nothing was added.
    fn issue<'a>(
        &'a self,
        identity: Uuid,
        patch: &'a IdentityPatch,
        sessions: &'a [NewSession],
        change: &'a Change,
    ) -> Answer<'a, bool>;

    /// Searches for the identities that have this e-mail address, in any case.
    fn search_email<'a>(&'a self, email: &'a str) -> Answer<'a, EmailSearch>;

    /// Deletes sessions that ended before `before`. Looks at `limit` rows after `from`, in the
    /// order of their creation, oldest first, and returns the deleted sessions. With `dry_run`,
    /// it returns the sessions that it would delete.
    fn prune<'a>(
        &'a self,
        before: OffsetDateTime,
        from: Option<Position>,
        limit: BatchSize,
        change: &'a Change,
        dry_run: bool,
    ) -> Answer<'a, Pruned>;
}
