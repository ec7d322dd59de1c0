//! The coherence of answers from memory, across replicas. docs/cache.md has the guarantee and its
//! argument, and `tests/model` checks the protocol.
//!
//! - A replica registers in the database, and looks for changes several times in each lease
//!   ([`Membership`]). It answers from memory only while its last look began less than a lease ago.
//! - The answer to a change waits until each other replica has noticed the change, or until its
//!   lease has ended ([`Coherence::await_others`]).

mod membership;
mod others;
mod peers;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future;
use tokio::sync::{Mutex, Notify};
use tokio::time::sleep;

use crate::clock::Uptime;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::repository::{RepositoryError, SessionRepository};
use crate::service::event_feed::EventFeed;
use crate::service::session_cache::SessionCache;
use membership::Membership;
use peers::{Known, Peers};

/// Number of looks in a lease.
const LOOKS_IN_A_LEASE: u32 = 3;
/// Interval of looks while the answer to a change waits for other replicas.
const WAITING_INTERVAL: Duration = Duration::from_millis(15);

/// Keeps a replica's memory coherent. Created once.
pub(super) struct Coherence {
    peers: Peers,
    feed: Arc<EventFeed>,
    /// `None` if this replica answers nothing from memory.
    cache: Option<Arc<SessionCache>>,
    /// True while [`Coherence::keep`] looks for changes.
    is_kept: AtomicBool,
    /// Number of changes whose answers wait.
    waiting: AtomicUsize,
    wake: Notify,
    /// The last look of a program that is no replica itself.
    last_look: Mutex<Known>,
}

/// Says that looks for changes go on, until it is dropped.
struct Kept<'a>(&'a AtomicBool);

impl<'a> Kept<'a> {
    fn new(is_kept: &'a AtomicBool) -> Self {
        is_kept.store(true, Ordering::SeqCst);
        Self(is_kept)
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl Coherence {
    pub(super) fn new(
        config: &Config,
        repository: Arc<dyn SessionRepository>,
        feed: Arc<EventFeed>,
        cache: Option<Arc<SessionCache>>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            peers: Peers::new(config.cache.lease, repository, metrics),
            feed,
            cache,
            is_kept: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            wake: Notify::new(),
            last_look: Mutex::default(),
        }
    }

    /// Keeps the memory coherent. Without this, there are no answers from memory.
    pub(super) async fn keep(&self) -> Infallible {
        let Some(cache) = &self.cache else {
            return future::pending().await;
        };
        let _kept = Kept::new(&self.is_kept);
        let mut membership = Membership::new(&self.peers, cache);
        let mut log = LeaseLog::default();
        loop {
            let done = membership.turn().await;
            let has_lease = cache.has_lease(Uptime::now());
            log.note(has_lease, &done);
            self.peers.metrics.cache_state(cache.len(), cache.bytes(), has_lease);
            self.pause().await;
        }
    }

    async fn pause(&self) {
        let is_awaited = self.waiting.load(Ordering::SeqCst) > 0;
        let interval =
            if is_awaited { WAITING_INTERVAL } else { self.peers.lease / LOOKS_IN_A_LEASE };
        tokio::select! {
            () = sleep(interval) => {}
            () = self.wake.notified(), if !is_awaited => {}
        }
    }

    /// Ends the answers from memory for good, and leaves the registry. Called after
    /// [`Coherence::keep`] was dropped.
    pub(super) async fn leave(&self) {
        if let Some(cache) = &self.cache {
            cache.end_lease();
        }
        self.peers.leave().await;
    }
}

/// The log lines about the lease. Those of a lease that comes and goes are few.
#[derive(Default)]
struct LeaseLog {
    /// The last state that was logged, and when.
    logged: Option<(bool, Uptime)>,
}

impl LeaseLog {
    fn note(&mut self, has_lease: bool, done: &Result<(), RepositoryError>) {
        const INTERVAL: Duration = Duration::from_secs(10);
        let now = Uptime::now();
        let is_due = match self.logged {
            Some((was_granted, at)) => was_granted != has_lease && now.since(at) >= INTERVAL,
            // At the start, there is no lease for a while.
            None => has_lease || done.is_err(),
        };
        if !is_due {
            return;
        }
        self.logged = Some((has_lease, now));
        match done {
            _ if has_lease => tracing::info!("answering from memory"),
            Err(error) => {
                tracing::warn!(%error, "no answers from memory: failed to look for changes");
            }
            Ok(()) => tracing::warn!("no answers from memory: a look for changes took too long"),
        }
    }
}

impl fmt::Debug for Coherence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coherence").field("lease", &self.peers.lease).finish_non_exhaustive()
    }
}
