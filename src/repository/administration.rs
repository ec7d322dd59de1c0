//! What operators, and the login systems that issue sessions, can ask.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::identity::IdentityPatch;
use crate::pagination::{Page, PageRequest, Position};
use crate::repository::Answer;
use crate::session::{Session, SessionToken};
use crate::stored_session::StoredSession;

/// How many sessions one verb writes at most, so that none holds others up.
pub const BATCH_SIZE: usize = 1000;

/// How many rows a step of background work looks at, and so writes, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchSize(usize);

impl BatchSize {
    pub const MAX: Self = Self(BATCH_SIZE);
    const MIN: usize = 16;

    #[must_use]
    pub fn get(self) -> usize {
        self.0
    }

    /// `None` where it is as small as it gets.
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

/// Which sessions a list has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub identity: Option<Uuid>,
    /// Only live ones, or only those that have ended.
    pub live: Option<bool>,
}

/// Which sessions a bulk verb is about.
#[derive(Debug, Clone, Copy)]
pub enum Selection<'a> {
    Sessions(IdBatch<'a>),
    OfIdentities(IdBatch<'a>),
    All,
}

/// Ids, not more than fit into one statement.
#[derive(Debug, Clone, Copy)]
pub struct IdBatch<'a>(&'a [Uuid]);

impl<'a> IdBatch<'a> {
    pub const MOST: usize = 500;

    /// `None` where there are too many.
    #[must_use]
    pub fn new(ids: &'a [Uuid]) -> Option<Self> {
        (ids.len() <= Self::MOST).then_some(Self(ids))
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

/// A session that was written to, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRef {
    pub session: Uuid,
    pub identity: Uuid,
}

/// What a bulk verb has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchOutcome {
    /// To which sessions. None of them is told to two callers, but where the database
    /// took a commit back whose answer was lost.
    pub sessions: Vec<SessionRef>,
    /// Whether as many were processed as are at once, so that there may be more.
    pub more: bool,
}

/// What [`AdminRepository::end_expired`] has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expired {
    /// How many it has marked.
    pub count: usize,
    /// Whether it has looked at as many as it may, so that there may be more.
    pub more: bool,
}

/// What a batch of [`AdminRepository::prune`] has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    pub deleted: u64,
    /// Where the next batch begins; `None` after the last one.
    pub next: Option<Position>,
}

/// A session to be issued, with the token that will present it.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub session: Session,
    pub token: SessionToken,
}

/// The verbs on everyone's sessions. Writes are as durable as those of
/// [`crate::repository::SessionRepository`].
pub trait AdminRepository {
    /// A page of sessions, newest first and by id where two were made at one
    /// instant, each with its identity and devices, but without addresses. Those that
    /// cannot be read are among them; where a session's place cannot, on a page with room for it.
    fn list(
        &self,
        filter: Filter,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Answer<'_, Page<StoredSession>>;

    /// How many sessions all pages of [`AdminRepository::list`] have.
    fn count(&self, filter: Filter, now: OffsetDateTime) -> Answer<'_, u64>;

    /// One session, with all that is known of its identity.
    fn get(&self, session: Uuid) -> Answer<'_, Option<StoredSession>>;

    /// Lets a live session end at `until`, unless that is sooner than it would;
    /// tells whether it has done so: of several calls at once, one has.
    fn extend(&self, session: Uuid, until: OffsetDateTime, now: OffsetDateTime)
    -> Answer<'_, bool>;

    /// Ends live sessions, at most [`BATCH_SIZE`].
    fn end<'a>(&'a self, selection: Selection<'a>, now: OffsetDateTime)
    -> Answer<'a, BatchOutcome>;

    /// Deletes sessions, live or not, at most [`BATCH_SIZE`].
    fn delete<'a>(&'a self, selection: Selection<'a>) -> Answer<'a, BatchOutcome>;

    /// Marks sessions that have expired at `now` as no longer active, and counts them;
    /// looks at `limit` rows. Changes no answer, only what it costs. Does nothing in a
    /// Kratos's tables.
    fn end_expired(&self, now: OffsetDateTime, limit: BatchSize) -> Answer<'_, Expired>;

    /// Makes or changes an identity, and adds sessions to it with their devices,
    /// all or nothing. `false` where the identity is switched off: then nothing
    /// was issued.
    fn issue<'a>(
        &'a self,
        identity: Uuid,
        change: &'a IdentityPatch,
        sessions: &'a [NewSession],
        now: OffsetDateTime,
    ) -> Answer<'a, bool>;

    /// Changes an identity; one that is switched off by it loses its sessions in
    /// the same instant, and those are told. `None` where there is no identity.
    fn change_identity<'a>(
        &'a self,
        identity: Uuid,
        change: &'a IdentityPatch,
        now: OffsetDateTime,
    ) -> Answer<'a, Option<Vec<SessionRef>>>;

    /// Deletes an identity with its sessions, and tells those. `None` where there
    /// is no identity.
    fn delete_identity(&self, identity: Uuid) -> Answer<'_, Option<Vec<SessionRef>>>;

    /// The identities that have this e-mail address, compared as it is written.
    fn identities_by_email<'a>(&'a self, email: &'a str) -> Answer<'a, Vec<Uuid>>;

    /// Deletes sessions that ended before `before`; looks at `limit` rows, from a place
    /// in the order of their making on, oldest first. With `dry_run` counts them only.
    fn prune(
        &self,
        before: OffsetDateTime,
        from: Option<Position>,
        limit: BatchSize,
        dry_run: bool,
    ) -> Answer<'_, Pruned>;
}
