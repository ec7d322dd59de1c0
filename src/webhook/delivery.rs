//! The delivery of one webhook, from the claim to its end.

mod progress;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout, timeout_at};

use crate::config::Format;
use crate::event::{Event, EventId};
use crate::repository::{BatchSize, EventFilter, Progress, RepositoryError, WebhookState};
use crate::security_event;
use crate::service::{EventPage, EventsError};
use crate::webhook::backoff;
use crate::webhook::claim::{Claim, RENEWAL_INTERVAL};
use crate::webhook::client::Answer;
use crate::webhook::context::Context;
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
    /// The position that is stored, or will be with the progress.
    position: EventId,
    progress: Progress,
    /// False as long as there are stored events that are not in the queue.
    is_loaded: bool,
    /// True while no further event fits into the queue.
    is_full: bool,
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
            position: state.position,
            progress: Progress::default(),
            is_loaded: false,
            is_full: false,
            failures: 0,
            probe: None,
            failed_probes: 0,
            pause: Instant::now(),
        }
    }

    /// Delivers until the claim is lost, or until the stop.
    pub(super) async fn run(mut self) -> Result<(), RepositoryError> {
        let mut renewals = interval(RENEWAL_INTERVAL);
        renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.context.parts.stop.clone();
        loop {
            self.read_more();
            self.send_due();
            let (next, valid_until) = (self.next_send(), self.claim.valid_until());
            tokio::select! {
                () = stop.cancelled() => return self.finish().await,
                // The end cuts off the messages under way: another replica may be sending them.
                _ = renewals.tick() => match timeout_at(valid_until, self.keep_claim()).await {
                    Ok(Ok(true)) => {}
                    Ok(Err(error)) => return Err(error),
                    Ok(Ok(false)) | Err(_) => return Ok(()),
                },
                () = sleep_until(valid_until) => return Ok(()),
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

    /// Renews the claim, stores what was done, and loads what was stored. Returns false if the
    /// claim is lost.
    async fn keep_claim(&mut self) -> Result<bool, RepositoryError> {
        if !self.claim.renew().await {
            return Ok(false);
        }
        if self.is_down() {
            self.give_up_old_events();
        }
        if !self.store().await? {
            return Ok(false);
        }
        self.load_undelivered().await?;
        Ok(true)
    }

    /// Reads the next events, if there is room for them and nothing is being read. Stored events
    /// come before them.
    fn read_more(&mut self) {
        let room = MAX_HELD.saturating_sub(self.queue.len());
        if room == 0 && !std::mem::replace(&mut self.is_full, true) {
            let name = &self.context.name;
            tracing::warn!(
                webhook = name,
                "{MAX_HELD} events wait for their receiver, so no others are delivered"
            );
        }
        self.is_full &= room == 0;
        if room == 0 || !self.is_loaded || !self.reading.is_empty() {
            return;
        }
        let (service, after) = (Arc::clone(&self.context.parts.service), self.queue.read_to());
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
                let format = self.context.webhook.format;
                let wanted = page.events.into_iter().filter(|event| has_message(event, format));
                wanted.for_each(|event| self.queue.push(event, 0, now));
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
            let context = self.context.clone();
            self.sending.spawn(async move {
                let answer = send(&event, &context).await;
                (event, answer)
            });
        }
    }

    /// Takes the next event that may be sent now. A receiver that is down gets one event as a probe:
    /// the oldest one, or every other time one that was never sent, because the receiver may refuse
    /// only those that it knows.
    fn next_event(&mut self, now: Instant) -> Option<Event> {
        if self.is_down() {
            if !self.sending.is_empty() || self.pause > now {
                return None;
            }
            let oldest = self.failed_probes.is_multiple_of(2);
            let probe = if oldest { self.queue.take_oldest() } else { self.queue.take_untried() };
            let event = probe.or_else(|| self.queue.take(self.queue.next_due()?))?;
            self.probe = Some(event.id);
            return Some(event);
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
                self.problems.remove(&event.id);
                self.context.parts.metrics.webhook(&self.context.name, "delivered");
            }
            Answer::Failed(problem) => {
                self.failures = self.failures.saturating_add(1);
                let is_probe = self.probe.take_if(|probe| *probe == event.id).is_some();
                self.failed_probes = self.failed_probes.saturating_add(is_probe.into());
                self.context.parts.metrics.webhook(&self.context.name, "failed");
                // The pause grows slowly, so that a few refused messages do not hold up the next.
                self.pause = now + backoff::pause(self.failed_probes / 4 + 1);
                self.problems.insert(event.id, problem);
                let tries = if is_probe {
                    self.queue.fail_probe(event.id, now)
                } else {
                    self.queue.fail(event.id, |tries| now + backoff::pause(tries))
                };
                let age = self.context.parts.clock.now() - event.at;
                if age > self.context.webhook.give_up {
                    self.settle(event.id, now);
                    self.note_given_up(event.id, tries);
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
                self.context.parts.repository.switch_webhook(name, true).await?;
                return Ok(true);
            }
        }
        Ok(false)
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

/// Returns false for events of which the format has no messages.
fn has_message(event: &Event, format: Format) -> bool {
    match format {
        Format::Standard => true,
        Format::Set => security_event::is_event(event),
    }
}

/// Signs and sends the message of an event.
async fn send(event: &Event, context: &Context) -> Answer {
    let (webhook, now) = (&context.webhook, context.parts.clock.now());
    let message = match webhook.format {
        Format::Standard => Message::standard(event, &webhook.secret, now),
        Format::Set => {
            let audience = webhook.audience.as_deref().unwrap_or_default();
            match context.parts.security_events.token(event, audience, now).await {
                Some(token) => Message::security_event(token),
                None => return Answer::Failed("the token could not be signed".to_owned()),
            }
        }
    };
    context.client.send(message.authorized(webhook.authorization.as_ref())).await
}

async fn wait_until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => future::pending().await,
    }
}
