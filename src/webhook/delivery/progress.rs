//! The progress of a delivery: what is settled, and what is stored for the replica that takes over.

use std::time::Duration;

use tokio::time::Instant;

use crate::event::{Event, EventId};
use crate::repository::{BatchSize, EventFilter, Progress, RepositoryError, Undelivered};
use crate::webhook::delivery::{Delivery, has_message};
use crate::webhook::queue::Waiting;

/// Maximum number of events that one call stores.
const MAX_STORED_AT_ONCE: usize = 100;
/// The time for loading stored events, within the time between two renewals.
const LOAD_TIME: Duration = Duration::from_millis(500);
/// Maximum length of a stored problem.
const MAX_PROBLEM_LENGTH: usize = 200;

impl Delivery {
    pub(super) fn settle(&mut self, id: EventId, now: Instant) {
        self.queue.settle(id, now);
        if self.stored.remove(&id) {
            self.progress.delivered.push(id);
        }
    }

    /// Gives up the events of a receiver that is down which are too old.
    pub(super) fn give_up_old_events(&mut self) {
        let before = self.context.parts.clock.now() - self.context.webhook.give_up;
        for Waiting { id, tries } in self.queue.remove_older(before, Instant::now()) {
            self.stored.remove(&id);
            self.note_given_up(id, tries);
        }
    }

    pub(super) fn note_given_up(&mut self, id: EventId, tries: u32) {
        let name = &self.context.name;
        tracing::warn!(webhook = name, event = %id, "an event is given up");
        self.context.parts.metrics.webhook(name, "given_up");
        let problem = self.problems.remove(&id).unwrap_or_default();
        let next_try = self.context.parts.clock.now();
        self.progress.undelivered.push(Undelivered {
            id,
            tries,
            next_try,
            is_given_up: true,
            problem: cut(problem),
        });
    }

    /// Stores what was done. Returns false if the claim is lost.
    pub(super) async fn store(&mut self) -> Result<bool, RepositoryError> {
        let (position, waiting) = self.queue.settled();
        let clock_now = self.context.parts.clock.now();
        let mut progress = std::mem::take(&mut self.progress);
        let moved = position > self.position;
        self.position = position.max(self.position);
        progress.position = Some(self.position);
        for one in waiting.iter().filter(|one| one.id <= self.position) {
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
        let lag = self.queue.oldest().map(|event| clock_now - event.at);
        self.context.parts.metrics.webhook_lag(&self.context.name, lag.unwrap_or_default());
        if !moved && progress.undelivered.is_empty() && progress.delivered.is_empty() {
            return Ok(true);
        }
        self.store_in_parts(progress).await
    }

    /// Stores progress in parts that a call has time for. The position moves last.
    async fn store_in_parts(&self, mut progress: Progress) -> Result<bool, RepositoryError> {
        let repository = &self.context.parts.repository;
        let (name, replica) = (&self.context.name, self.claim.replica());
        while progress.delivered.len() + progress.undelivered.len() > MAX_STORED_AT_ONCE {
            let delivered = progress.delivered.len().min(MAX_STORED_AT_ONCE);
            let undelivered = progress.undelivered.len().min(MAX_STORED_AT_ONCE - delivered);
            let part = Progress {
                position: None,
                delivered: progress.delivered.drain(..delivered).collect(),
                undelivered: progress.undelivered.drain(..undelivered).collect(),
            };
            if !repository.store_progress(name, replica, &part).await? {
                return Ok(false);
            }
        }
        repository.store_progress(name, replica, &progress).await
    }

    /// Loads events that another replica has stored, or that an operator has made due again, as
    /// many as there is time for.
    pub(super) async fn load_undelivered(&mut self) -> Result<(), RepositoryError> {
        let began = Instant::now();
        let stored = self.context.parts.repository.undelivered(&self.context.name, false).await?;
        for stored in &stored {
            if self.queue.holds(stored.id) || self.progress.delivered.contains(&stored.id) {
                continue;
            }
            if began.elapsed() > LOAD_TIME {
                return Ok(());
            }
            self.load(stored).await?;
        }
        self.is_loaded = true;
        Ok(())
    }

    async fn load(&mut self, stored: &Undelivered) -> Result<(), RepositoryError> {
        let webhook = &self.context.webhook;
        let is_wanted = |event: &Event| {
            let has_type = webhook.events.is_empty() || webhook.events.contains(&event.event_type);
            has_type && has_message(event, webhook.format)
        };
        // It may have been pruned, and the settings may have changed.
        let Some(event) = self.event(stored.id).await?.filter(is_wanted) else {
            self.progress.delivered.push(stored.id);
            return Ok(());
        };
        self.stored.insert(stored.id);
        let wait = stored.next_try - self.context.parts.clock.now();
        self.queue.push(event, stored.tries, Instant::now() + positive(wait));
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
