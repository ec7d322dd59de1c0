//! The progress of a delivery: what is settled, and what is stored for the replica that takes over.

use std::time::Duration;

use tokio::time::Instant;

use crate::event::{Event, EventId};
use crate::repository::{BatchSize, EventFilter, RepositoryError, Undelivered};
use crate::webhook::delivery::Delivery;

/// Maximum length of a stored problem.
const MAX_PROBLEM_LENGTH: usize = 200;

impl Delivery {
    pub(super) fn settle(&mut self, id: EventId, now: Instant) {
        self.queue.settle(id, now);
        self.problems.remove(&id);
        if self.stored.remove(&id) {
            self.progress.delivered.push(id);
        }
    }

    pub(super) fn give_up(&mut self, event: &Event, tries: u32, now: Instant) {
        let name = &self.context.name;
        tracing::warn!(webhook = name, event = %event.id, "an event is given up");
        self.context.parts.metrics.webhook(name, "given_up");
        let problem = self.problems.get(&event.id).cloned().unwrap_or_default();
        let next_try = self.context.parts.clock.now();
        let undelivered =
            Undelivered { id: event.id, tries, next_try, is_given_up: true, problem: cut(problem) };
        self.stored.remove(&event.id);
        self.settle(event.id, now);
        self.progress.undelivered.push(undelivered);
    }

    /// Stores what was done. Returns false if the claim is lost.
    pub(super) async fn store(&mut self) -> Result<bool, RepositoryError> {
        let (position, waiting) = self.queue.settled();
        let clock_now = self.context.parts.clock.now();
        let mut progress = std::mem::take(&mut self.progress);
        let moved = position > progress.position;
        progress.position = position.max(progress.position);
        for one in waiting.iter().filter(|one| one.id <= progress.position) {
            // Each further try is in memory only, until the event is settled.
            if self.stored.insert(one.id) {
                let problem = self.problems.get(&one.id).cloned().unwrap_or_default();
                progress.undelivered.push(Undelivered {
                    id: one.id,
                    tries: one.tries,
                    next_try: clock_now,
                    is_given_up: false,
                    problem: cut(problem),
                });
            }
        }
        self.progress.position = progress.position;
        let lag = self.queue.oldest().map(|event| clock_now - event.at);
        self.context.parts.metrics.webhook_lag(&self.context.name, lag.unwrap_or_default());
        if !moved && progress.undelivered.is_empty() && progress.delivered.is_empty() {
            return Ok(true);
        }
        let (name, replica) = (&self.context.name, self.claim.replica());
        self.context.parts.repository.store_progress(name, replica, &progress).await
    }

    /// Loads events that another replica has stored, or that an operator has made due again.
    pub(super) async fn load_undelivered(&mut self) -> Result<(), RepositoryError> {
        let repository = &self.context.parts.repository;
        for stored in repository.undelivered(&self.context.name, false).await? {
            if self.queue.holds(stored.id) {
                continue;
            }
            let Some(event) = self.event(stored.id).await? else {
                // It was pruned.
                self.progress.delivered.push(stored.id);
                continue;
            };
            self.stored.insert(stored.id);
            let wait = stored.next_try - self.context.parts.clock.now();
            self.queue.push(event, stored.tries, Instant::now() + positive(wait));
        }
        Ok(())
    }

    async fn event(&self, id: EventId) -> Result<Option<Event>, RepositoryError> {
        let (filter, one) = (EventFilter::default(), BatchSize::at_most(1));
        let found = self.context.parts.repository.events(id.previous(), id, &filter, one).await?;
        Ok(found.into_iter().next())
    }
}

fn positive(duration: time::Duration) -> Duration {
    Duration::try_from(duration).unwrap_or_default()
}

fn cut(mut problem: String) -> String {
    let end = (0..=MAX_PROBLEM_LENGTH).rev().find(|end| problem.is_char_boundary(*end));
    problem.truncate(end.unwrap_or_default());
    problem
}
