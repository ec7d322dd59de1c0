//! Sessions in memory, for `whoami`.
//!
//! A session may be used while this replica has a lease, and if nothing that it depends on was
//! changed since its read began. Nothing is looked up to forget a session: each notice of a change
//! has a number, a table has the number of the last notice for each bucket of ids, and a session has
//! the number of notices that there were when its read began. So a session that was read before a
//! notice, and is inserted after it, is not used either.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::authentication::Bound;
use crate::clock::Uptime;
use crate::session::SessionToken;

/// Number of buckets, a power of two. Two ids in one bucket cost reads that were not necessary.
const BUCKETS: usize = 1 << 16;
/// The memory of a session besides its texts, as measured by `benches/cache` while sessions make
/// room for others, which leaves holes.
const OVERHEAD: usize = 840;
/// The usual memory of a session.
const USUAL_WEIGHT: usize = 1700;

/// A session that was admitted, as its own person sees it. It stays the same until an event tells
/// of a change, except that it expires.
#[derive(Debug, Clone)]
pub struct CurrentSession {
    pub session: Uuid,
    pub identity: Uuid,
    pub external_id: Option<Box<str>>,
    pub bound_at: Option<OffsetDateTime>,
    pub issued_at: OffsetDateTime,
    /// The first instant at which the session is no longer live. It moves if the session has to be
    /// used, so that this one may be early, but never late.
    pub expires_at: OffsetDateTime,
    /// When the session ends at the latest.
    pub ends_at: OffsetDateTime,
    /// The rendered session.
    pub body: Bytes,
    /// See [`RenderedSession`].
    pub(super) has_identity_of_lists: bool,
}

/// A session as its own person sees it.
#[derive(Debug)]
pub struct RenderedSession {
    pub body: Vec<u8>,
    /// The identity in the body is as lists have it.
    pub has_identity_of_lists: bool,
}

impl CurrentSession {
    /// The facts that decide about its cookie.
    #[must_use]
    pub fn bound(&self) -> Bound {
        let Self { session, identity, bound_at, issued_at, .. } = *self;
        Bound { session, identity, bound_at, issued_at }
    }
}

/// The SHA-256 of a token. The cache holds no credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key([u8; 32]);

/// A part is enough, because all bits of a SHA-256 are equally good.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.first_chunk().map_or(0, |part| u64::from_ne_bytes(*part)));
    }
}

impl Key {
    pub(super) fn new(token: &SessionToken) -> Self {
        Self(*token.sha256())
    }
}

/// The beginning of a read from the database.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadStart {
    notices: u64,
    at: Uptime,
}

#[derive(Clone)]
struct Entry {
    current: Arc<CurrentSession>,
    start: ReadStart,
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Entry> for Weight {
    fn weight(&self, _: &Key, entry: &Entry) -> u64 {
        let CurrentSession { body, external_id, .. } = &*entry.current;
        (OVERHEAD + body.len() + external_id.as_ref().map_or(0, |id| id.len())) as u64
    }
}

/// Sessions by their tokens. Bounded by memory: those that are used least make room.
pub(super) struct SessionCache {
    sessions: Cache<Key, Entry, Weight>,
    max_age: Duration,
    /// Number of notices so far.
    notices: AtomicU64,
    /// The number of the last notice for each bucket of ids.
    last_notices: Box<[AtomicU64]>,
    /// The number of the last notice about everything.
    last_about_all: AtomicU64,
    /// The end of the lease, in nanoseconds of [`Uptime`]. Zero without a lease.
    lease_end: AtomicU64,
}

impl SessionCache {
    pub(super) fn new(max_bytes: u32, max_age: Duration) -> Self {
        let usual_number = usize::try_from(max_bytes).unwrap_or(usize::MAX) / USUAL_WEIGHT;
        Self {
            sessions: Cache::with_weighter(usual_number, max_bytes.into(), Weight),
            max_age,
            notices: AtomicU64::new(0),
            last_notices: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            last_about_all: AtomicU64::new(0),
            lease_end: AtomicU64::new(0),
        }
    }

    /// The session of a token, if it may be used at this moment.
    pub(super) fn get(&self, key: &Key, now: OffsetDateTime) -> Option<Arc<CurrentSession>> {
        let uptime = Uptime::now();
        // Before the notices: a lease is granted after all changes were noticed that it is about.
        if !self.has_lease(uptime) {
            return None;
        }
        let Entry { current, start } = self.sessions.get(key)?;
        let is_current = self.last_notice(current.session) <= start.notices
            && self.last_notice(current.identity) <= start.notices
            && self.last_about_all.load(Ordering::SeqCst) <= start.notices
            && uptime.since(start.at) < self.max_age
            && current.expires_at > now;
        is_current.then_some(current)
    }

    /// To be called before a session is read from the database.
    pub(super) fn start_read(&self) -> ReadStart {
        ReadStart { notices: self.notices.load(Ordering::SeqCst), at: Uptime::now() }
    }

    pub(super) fn insert(&self, key: Key, current: Arc<CurrentSession>, start: ReadStart) {
        self.sessions.insert(key, Entry { current, start });
    }

    /// Notices that a session, or an identity with all of its sessions, has changed.
    pub(super) fn notice(&self, id: Uuid) {
        let number = self.notices.fetch_add(1, Ordering::SeqCst) + 1;
        self.bucket(id).fetch_max(number, Ordering::SeqCst);
    }

    /// Notices that anything may have changed.
    pub(super) fn notice_all(&self) {
        let number = self.notices.fetch_add(1, Ordering::SeqCst) + 1;
        self.last_about_all.fetch_max(number, Ordering::SeqCst);
        self.sessions.clear();
    }

    /// Lets sessions be used until an instant.
    pub(super) fn grant_lease(&self, until: Uptime) {
        self.lease_end.store(until.as_nanoseconds(), Ordering::SeqCst);
    }

    pub(super) fn end_lease(&self) {
        self.lease_end.store(0, Ordering::SeqCst);
    }

    pub(super) fn has_lease(&self, at: Uptime) -> bool {
        at < Uptime::from_nanoseconds(self.lease_end.load(Ordering::SeqCst))
    }

    pub(super) fn len(&self) -> usize {
        self.sessions.len()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.sessions.weight()
    }

    fn last_notice(&self, id: Uuid) -> u64 {
        self.bucket(id).load(Ordering::SeqCst)
    }

    fn bucket(&self, id: Uuid) -> &AtomicU64 {
        let (high, low) = id.as_u64_pair();
        // Fits: the remainder is less than the number of buckets.
        #[expect(clippy::cast_possible_truncation, reason = "only the lowest bits count")]
        let place = (high ^ low) as usize % BUCKETS;
        &self.last_notices[place]
    }
}

impl fmt::Debug for SessionCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCache").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
