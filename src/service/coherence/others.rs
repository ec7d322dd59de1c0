//! The wait of a change for other replicas, before it is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::clock::Uptime;
use crate::event::EventId;
use crate::repository::ReplicaState;
use crate::service::coherence::peers::{Known, with_margin};
use crate::service::coherence::{Coherence, WAITING_INTERVAL};

/// A replica that a change waits for.
struct Awaited {
    id: Uuid,
    /// The end of the last lease that does not tell it of the change.
    lease_end: Uptime,
}

/// Counts a change that waits, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Coherence {
    /// Waits until no other replica answers from memory as if the changes that are committed had
    /// not happened: at most for its lease. Returns at once if there is no other replica.
    pub(in crate::service) async fn await_others(&self) {
        self.await_all(None).await;
    }

    /// The same for the changes whose events have positions up to this one. Returns at once, too, if
    /// the others have noticed them.
    pub(in crate::service) async fn await_others_up_to(&self, position: EventId) {
        self.await_all(Some(position)).await;
    }

    async fn await_all(&self, position: Option<EventId>) {
        if !self.feed.is_enabled() {
            return;
        }
        let committed = Uptime::now();
        let last = self.peers.known.borrow().clone();
        let known = match last {
            Some(known) if committed.since(known.began) < self.peers.lease && self.is_kept() => {
                known
            }
            _ => match self.look_after(committed).await {
                Some(known) => known,
                None => return self.await_unknown(committed).await,
            },
        };
        let now = Uptime::now();
        let complete_in = known.complete_from.since(now);
        let has_noticed = |one: &ReplicaState| {
            position.is_some_and(|position| known.has_noticed(one.id, position, now))
        };
        if complete_in.is_zero() && known.others.iter().all(has_noticed) {
            return;
        }
        sleep(complete_in).await;
        self.await_each(&known.others, position, committed).await;
        self.peers.metrics.cache_wait(Uptime::now().since(committed));
    }

    fn is_kept(&self) -> bool {
        self.is_kept.load(Ordering::SeqCst)
    }

    /// Waits for replicas that cannot be looked up.
    async fn await_unknown(&self, committed: Uptime) {
        let known = self.peers.known.borrow().clone().unwrap_or_default();
        let longest = self.peers.longest_lease(&known.others);
        sleep(committed.plus(longest).since(Uptime::now())).await;
        self.peers.metrics.cache_wait(Uptime::now().since(committed));
    }

    async fn await_each(
        &self,
        others: &[ReplicaState],
        position: Option<EventId>,
        committed: Uptime,
    ) {
        let mut awaited: Vec<_> = others
            .iter()
            .map(|one| Awaited { id: one.id, lease_end: committed.plus(with_margin(one.lease)) })
            .collect();
        let Some(end) = awaited.iter().map(|one| one.lease_end).max() else {
            return;
        };
        let _waiting = Waiting::new(&self.waiting);
        self.wake.notify_one();
        let remaining = || end.since(Uptime::now());
        let position = match position {
            Some(position) => position,
            None => match timeout(remaining(), self.last_position()).await {
                Ok(Some(position)) => position,
                _ => return sleep(remaining()).await,
            },
        };
        while !remaining().is_zero() {
            let next = timeout(remaining(), self.next_look()).await;
            let now = Uptime::now();
            let next = next.ok().flatten();
            awaited.retain(|one| {
                let noticed = |known: &Known| known.has_noticed(one.id, position, now);
                now < one.lease_end && !next.as_ref().is_some_and(noticed)
            });
            if awaited.is_empty() {
                return;
            }
        }
    }

    /// The other replicas as of a look that begins after an instant. `None` if the database does not
    /// answer in time.
    async fn look_after(&self, instant: Uptime) -> Option<Known> {
        if !self.is_kept() {
            return timeout(with_margin(self.peers.lease), self.look()).await.ok()?;
        }
        let mut known = self.peers.known.subscribe();
        self.wake.notify_one();
        let is_later =
            |known: &Option<Known>| known.as_ref().is_some_and(|one| one.began >= instant);
        let later = timeout(with_margin(self.peers.lease), known.wait_for(is_later)).await;
        later.ok()?.ok()?.clone()
    }

    /// The position up to which all changes are that are committed now. Goes on if it is dropped,
    /// because a transaction that is cut off costs its connection.
    async fn last_position(&self) -> Option<EventId> {
        let feed = Arc::clone(&self.feed);
        tokio::spawn(async move { feed.advance_from_now().await }).await.ok()?.ok()
    }

    async fn next_look(&self) -> Option<Known> {
        if !self.is_kept() {
            sleep(WAITING_INTERVAL).await;
            return self.look().await;
        }
        let mut known = self.peers.known.subscribe();
        known.changed().await.ok()?;
        known.borrow().clone()
    }

    /// Looks at the registry only, for programs that are no replica themselves. Concurrent callers
    /// share a look that began after their calls.
    async fn look(&self) -> Option<Known> {
        let called = Uptime::now();
        let mut last = self.last_look.lock().await;
        if last.began > called {
            return Some(last.clone());
        }
        let began = Uptime::now();
        let look = self.peers.repository.look(EventId::END).await.ok()?;
        self.peers.meet(&look, false, Uptime::now());
        let complete_from = self.peers.complete_from();
        *last = Known { began, others: look.replicas, complete_from };
        Some(last.clone())
    }
}
