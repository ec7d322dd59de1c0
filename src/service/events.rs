//! Use cases of readers of events: page by page, and the pruning of old ones.

use std::convert::Infallible;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::{Instant, timeout_at};

use crate::event::{Event, EventId};
use crate::repository::{BatchSize, EventFilter, RepositoryError};
use crate::service::batches::Batches;
use crate::service::session_service::SessionService;

/// Maximum number of events that one statement looks at, however few of them match.
const WINDOW: usize = 10_000;

/// Events, and where to continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// In order. Empty if no event matched so far.
    pub events: Vec<Event>,
    /// The position after which the next page begins.
    pub next: EventId,
    /// True if the log had nothing more at that moment.
    pub is_last: bool,
}

/// The reason why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum EventsError {
    #[error("events are off")]
    Off,
    /// Events after the position were pruned. Those after `oldest` exist.
    #[error("events after this position were pruned")]
    Pruned { oldest: EventId },
    /// The log ends before the position.
    #[error("no event has this id")]
    UnknownPosition,
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl SessionService {
    /// Keeps the log of events in order. Runs on every replica.
    pub async fn keep_events_in_order(&self) -> Infallible {
        self.events.keep_in_order().await
    }

    /// Puts the events in order that are visible now, for programs without
    /// [`SessionService::keep_events_in_order`].
    pub async fn put_events_in_order(&self) -> Result<(), RepositoryError> {
        if self.events.is_enabled() {
            self.events.advance().await?;
        }
        Ok(())
    }

    /// The events after a position, or the oldest ones. If there are none, waits for some, at most
    /// for `wait`.
    pub async fn events(
        &self,
        after: Option<EventId>,
        filter: &EventFilter,
        limit: BatchSize,
        wait: Duration,
    ) -> Result<EventPage, EventsError> {
        if !self.events.is_enabled() {
            return Err(EventsError::Off);
        }
        let deadline = Instant::now() + wait;
        // Before the first look, so that nothing that is written after it goes unnoticed.
        let mut head = self.events.subscribe();
        let mut page = self.first_page(after, filter, limit).await?;
        while page.events.is_empty() && Instant::now() < deadline {
            if page.is_last {
                let has_more = head.wait_for(|head| *head > page.next);
                // The sender lives as long as this service.
                if timeout_at(deadline, has_more).await.is_err() {
                    break;
                }
            }
            page = self.event_page(page.next, filter, limit).await?;
        }
        self.settle_events(&page.events).await;
        Ok(page)
    }

    /// Makes changes take effect everywhere before their events are told: a reader that asks
    /// `whoami` after an event sees the change.
    async fn settle_events(&self, events: &[Event]) {
        let Some(last) = events.last() else { return };
        if let Some(cache) = &self.cache {
            let subjects = events.iter().map(|event| event.session.unwrap_or(event.identity));
            subjects.for_each(|id| cache.notice(id));
        }
        self.coherence.await_others_up_to(last.id).await;
    }

    /// The events after a position, or the oldest ones, which may be pruned meanwhile.
    async fn first_page(
        &self,
        after: Option<EventId>,
        filter: &EventFilter,
        limit: BatchSize,
    ) -> Result<EventPage, EventsError> {
        let Some(after) = after else {
            let mut oldest = self.repository.event_log().await?.pruned;
            loop {
                match self.event_page(oldest, filter, limit).await {
                    Err(EventsError::Pruned { oldest: next }) => oldest = next,
                    page => return page,
                }
            }
        };
        self.event_page(after, filter, limit).await
    }

    async fn event_page(
        &self,
        after: EventId,
        filter: &EventFilter,
        limit: BatchSize,
    ) -> Result<EventPage, EventsError> {
        let log = self.repository.event_log().await?;
        if after > log.head {
            return Err(EventsError::UnknownPosition);
        }
        // The events of an identity have an index of their own.
        let window = after.plus(WINDOW);
        let until = if filter.identity.is_some() { log.head } else { log.head.min(window) };
        let (mut events, mut pruned) = (Vec::new(), log.pruned);
        if after < until && after >= pruned {
            events = self.repository.events(after, until, filter, limit).await?;
            // Read again, because events may have been pruned before they could be read.
            pruned = self.repository.event_log().await?.pruned;
        }
        if after < pruned {
            return Err(EventsError::Pruned { oldest: pruned });
        }
        let is_full = events.len() >= limit.get();
        let last = events.last().map(|event| event.id);
        let next = last.filter(|_| is_full).unwrap_or(until);
        Ok(EventPage { events, next, is_last: next == log.head })
    }

    /// Deletes events that occurred before `before`, and that each webhook has had or given up.
    pub async fn prune_events(&self, before: OffsetDateTime) -> Result<(), RepositoryError> {
        if !self.events.is_enabled() {
            return Ok(());
        }
        let until = self.delivered_to_all().await?;
        let mut batches = Batches::default();
        batches.run(async |limit| self.repository.prune_events(before, until, limit).await).await?;
        let pruned = self.repository.event_log().await?.pruned;
        for webhook in &self.webhooks {
            self.repository.forget_given_up(webhook, pruned).await?;
        }
        Ok(())
    }

    /// The position up to which no webhook needs events any more.
    async fn delivered_to_all(&self) -> Result<EventId, RepositoryError> {
        let mut until = self.repository.event_log().await?.head;
        if self.webhooks.is_empty() {
            return Ok(until);
        }
        for webhook in self.repository.webhooks().await? {
            // The settings of other networks are not known here.
            let is_known = !webhook.is_of_this_network || self.webhooks.contains(&webhook.name);
            if is_known && !webhook.is_off {
                until = until.min(webhook.position);
                until = webhook.first_undelivered.map_or(until, |one| until.min(one.previous()));
            }
        }
        Ok(until)
    }
}
