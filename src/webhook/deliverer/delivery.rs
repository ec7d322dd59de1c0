//! The delivery of one webhook, from the claim to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use crate::event::{Event, EventId};
use crate::repository::{
    BatchSize, EventFilter, Progress, RepositoryError, Undelivered, WebhookState,
};
use crate::service::{EventPage, EventsError};
use crate::webhook::backoff;
use crate::webhook::claim::{Claim, RENEWAL_INTERVAL};
use crate::webhook::client::Answer;
use crate::webhook::deliverer::Context;
use crate::webhook::message::Message;
use crate::webhook::queue::Queue;

/// Maximum number of events that are sent at the same time.
const CONCURRENCY: usize = 16;
/// Maximum number of events that are held.
const MAX_HELD: usize = 1000;
/// The number of failures in a row after which the receiver counts as down. It then gets one event
/// at a time, as a probe.
const MAX_FAILURES: u32 = 5;
/// The time for which a page waits for events.
const PAGE_WAIT: Duration = Duration::from_secs(10);
/// Maximum time that the end waits for answers.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);
/// Maximum length of a stored problem.
const MAX_PROBLEM_LENGTH: usize = 200;

type Page = Result<EventPage, EventsError>;

pub(super) struct Delivery {
    context: Context,
    claim: Claim,
    queue: Queue,
    sending: JoinSet<(Event, Answer)>,
    reading: JoinSet<Page>,
    /// The problems of events that have failed.
    problems: BTreeMap<EventId, String>,
    /// Events that are stored as undelivered.
    stored: BTreeSet<EventId>,
    progress: Progress,
    failures: u32,
    /// The event with which a receiver that is down is probed, and the number of failed probes.
    probe: Option<EventId>,
    failed_probes: u32,
    /// A receiver that is down gets nothing before that.
    pause: Instant,
}

impl Delivery {
    pub(super) fn new(context: Context, claim: Claim, state: &WebhookState) -> Self {
        tracing::info!(webhook = context.name, "this replica delivers a webhook");
        Self {
            context,
            claim,
            queue: Queue::new(state.position),
            sending: JoinSet::new(),
            reading: JoinSet::new(),
            problems: BTreeMap::new(),
            stored: BTreeSet::new(),
            progress: Progress { position: state.position, ..Progress::default() },
            failures: 0,
            probe: None,
            failed_probes: 0,
            pause: Instant::now(),
        }
    }

    /// Delivers until the claim is lost, or until the stop.
    pub(super) async fn run(mut self) -> Result<(), RepositoryError> {
        self.load_undelivered().await?;
        let mut renewals = interval(RENEWAL_INTERVAL);
        renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.context.stop.clone();
        loop {
            self.read_more();
            self.send_due();
            let next = self.next_send();
            tokio::select! {
                () = stop.cancelled() => return self.finish().await,
                _ = renewals.tick() => {
                    if !self.claim.renew().await || !self.store().await? {
                        tracing::info!(webhook = self.context.name, "a webhook's claim has ended");
                        return Ok(());
                    }
                    self.load_undelivered().await?;
                }
                Some(Ok((event, answer))) = self.sending.join_next() => {
                    if self.conclude(&event, answer).await? {
                        return Ok(());
                    }
                }
                Some(Ok(page)) = self.reading.join_next() => self.take(page)?,
                () = wait_until(next) => {}
            }
        }
    }

    /// Reads the next events, if there is room for them and nothing is being read.
    fn read_more(&mut self) {
        let room = MAX_HELD.saturating_sub(self.queue.len());
        if room == 0 || !self.reading.is_empty() {
            return;
        }
        let (service, after) = (Arc::clone(&self.context.service), self.queue.read_to());
        let types = self.context.webhook.events.clone();
        self.reading.spawn(async move {
            let filter = EventFilter { types, identity: None };
            service.events(Some(after), &filter, BatchSize::at_most(room), PAGE_WAIT).await
        });
    }

    fn take(&mut self, page: Page) -> Result<(), RepositoryError> {
        match page {
            Ok(page) => {
                let now = Instant::now();
                page.events.into_iter().for_each(|event| self.queue.push(event, 0, now));
                self.queue.advance(page.next);
            }
            // Somebody has pruned the log by hand, or has replaced it.
            Err(EventsError::Pruned { oldest }) => {
                tracing::warn!(webhook = self.context.name, "events were deleted before delivery");
                self.queue.advance(oldest);
            }
            Err(EventsError::Repository(error)) => return Err(error),
            Err(error) => return Err(RepositoryError::Unexpected(error.into())),
        }
        Ok(())
    }

    fn is_down(&self) -> bool {
        self.failures >= MAX_FAILURES
    }

    /// Sends what is due, as long as the claim is valid.
    fn send_due(&mut self) {
        let now = Instant::now();
        while self.claim.is_valid()
            && let Some(event) = self.next_event(now)
        {
            let secrets = &self.context.webhook.secret;
            let message = Message::new(&event, secrets, self.context.clock.now());
            let client = Arc::clone(&self.context.client);
            self.sending.spawn(async move {
                let answer = client.send(message).await;
                (event, answer)
            });
        }
    }

    /// Takes the next event that may be sent now. A receiver that is down gets the oldest one, as a
    /// probe.
    fn next_event(&mut self, now: Instant) -> Option<Event> {
        if self.is_down() {
            let is_time = self.sending.is_empty() && self.pause <= now;
            let event = if is_time { self.queue.take_oldest() } else { None };
            self.probe = event.as_ref().map(|event| event.id);
            return event;
        }
        if self.sending.len() < CONCURRENCY { self.queue.take(now) } else { None }
    }

    /// The time at which the next event may be sent. `None` if an answer has to come before.
    fn next_send(&self) -> Option<Instant> {
        if self.is_down() {
            return (self.sending.is_empty() && self.queue.len() > 0).then_some(self.pause);
        }
        self.queue.next_due().filter(|_| self.sending.len() < CONCURRENCY)
    }

    /// Takes note of an answer. Returns true if the receiver wants no more.
    async fn conclude(&mut self, event: &Event, answer: Answer) -> Result<bool, RepositoryError> {
        let now = Instant::now();
        match answer {
            Answer::Accepted => {
                (self.failures, self.failed_probes) = (0, 0);
                self.settle(event.id, now);
                self.context.metrics.webhook(&self.context.name, "delivered");
            }
            Answer::Failed(problem) => {
                self.failures = self.failures.saturating_add(1);
                if self.probe.take_if(|probe| *probe == event.id).is_some() {
                    self.failed_probes = self.failed_probes.saturating_add(1);
                }
                self.context.metrics.webhook(&self.context.name, "failed");
                self.pause = now + backoff::pause(self.failed_probes + 1);
                self.problems.insert(event.id, problem);
                let tries = self.queue.fail(event.id, |tries| now + backoff::pause(tries));
                let age = self.context.clock.now() - event.at;
                if age > self.context.webhook.give_up {
                    self.give_up(event, tries, now);
                }
            }
            Answer::Gone => {
                self.store().await?;
                let name = &self.context.name;
                tracing::warn!(
                    webhook = name,
                    "the receiver wants no more events (410): the webhook is off until \
                     `elsewhere webhooks retry {name}`"
                );
                self.context.repository.switch_webhook(name, true).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn settle(&mut self, id: EventId, now: Instant) {
        self.queue.settle(id, now);
        self.problems.remove(&id);
        if self.stored.remove(&id) {
            self.progress.delivered.push(id);
        }
    }

    fn give_up(&mut self, event: &Event, tries: u32, now: Instant) {
        let name = &self.context.name;
        tracing::warn!(webhook = name, event = %event.id, "an event is given up");
        self.context.metrics.webhook(name, "given_up");
        let problem = self.problems.get(&event.id).cloned().unwrap_or_default();
        let next_try = self.context.clock.now();
        let undelivered =
            Undelivered { id: event.id, tries, next_try, is_given_up: true, problem: cut(problem) };
        self.stored.remove(&event.id);
        self.settle(event.id, now);
        self.progress.undelivered.push(undelivered);
    }

    /// Stores what was done. Returns false if the claim is lost.
    async fn store(&mut self) -> Result<bool, RepositoryError> {
        let (position, waiting) = self.queue.settled();
        let clock_now = self.context.clock.now();
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
        self.context.metrics.webhook_lag(&self.context.name, lag.unwrap_or_default());
        if !moved && progress.undelivered.is_empty() && progress.delivered.is_empty() {
            return Ok(true);
        }
        let (name, replica) = (&self.context.name, self.claim.replica());
        self.context.repository.store_progress(name, replica, &progress).await
    }

    /// Loads events that another replica has stored, or that an operator has made due again.
    async fn load_undelivered(&mut self) -> Result<(), RepositoryError> {
        let repository = &self.context.repository;
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
            let wait = stored.next_try - self.context.clock.now();
            self.queue.push(event, stored.tries, Instant::now() + positive(wait));
        }
        Ok(())
    }

    async fn event(&self, id: EventId) -> Result<Option<Event>, RepositoryError> {
        let (filter, one) = (EventFilter::default(), BatchSize::at_most(1));
        let found = self.context.repository.events(id.previous(), id, &filter, one).await?;
        Ok(found.into_iter().next())
    }

    /// Waits for the answers that are due soon, stores what was done, and releases the claim.
    async fn finish(mut self) -> Result<(), RepositoryError> {
        let answers = async {
            while let Some(answered) = self.sending.join_next().await {
                if let Ok((event, Answer::Accepted)) = answered {
                    self.settle(event.id, Instant::now());
                }
            }
        };
        let _ = timeout(STOP_TIMEOUT, answers).await;
        self.store().await?;
        self.claim.release().await;
        Ok(())
    }
}

async fn wait_until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => future::pending().await,
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
