//! The events that a webhook has read from the log and not delivered yet.
//!
//! Events of one subject form a lane, of which only the first one is sent. A lane whose event has
//! failed waits, and others go on.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use time::OffsetDateTime;
use tokio::time::Instant;
use uuid::Uuid;

use crate::event::{Event, EventId};

/// Session events of one session, or identity events of one identity, in order.
#[derive(Debug)]
struct Lane {
    events: VecDeque<Event>,
    tries: u32,
    due: Instant,
    is_sending: bool,
}

/// An event that is held for a later try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting {
    pub id: EventId,
    /// Failed tries so far. Probes of a receiver that is down count as one.
    pub tries: u32,
}

#[derive(Debug)]
pub(super) struct Queue {
    lanes: HashMap<Uuid, Lane>,
    /// The subject of each event that is held.
    held: BTreeMap<EventId, Uuid>,
    /// The lanes whose first event may be sent, by the time from which on it may.
    due: BTreeSet<(Instant, EventId)>,
    /// The last event that was read.
    read_to: EventId,
}

fn subject(event: &Event) -> Uuid {
    event.session.unwrap_or(event.identity)
}

impl Queue {
    pub(super) fn new(read_to: EventId) -> Self {
        let (lanes, held, due) = (HashMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { lanes, held, due, read_to }
    }

    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    pub(super) fn read_to(&self) -> EventId {
        self.read_to
    }

    /// Notes that all events up to this one were read.
    pub(super) fn advance(&mut self, read_to: EventId) {
        self.read_to = self.read_to.max(read_to);
    }

    pub(super) fn holds(&self, id: EventId) -> bool {
        self.held.contains_key(&id)
    }

    /// Adds an event that has failed this many times, and may be sent from `due` on. An event that
    /// is held already is not added. Events have to be added in order.
    pub(super) fn push(&mut self, event: Event, tries: u32, due: Instant) {
        let (id, subject) = (event.id, subject(&event));
        if self.held.contains_key(&id) {
            return;
        }
        self.held.insert(id, subject);
        let new = || Lane { events: VecDeque::new(), tries, due, is_sending: false };
        let lane = self.lanes.entry(subject).or_insert_with(new);
        lane.events.push_back(event);
        if lane.events.len() == 1 {
            self.due.insert((due, id));
        }
    }

    /// Takes the next event that may be sent now.
    pub(super) fn take(&mut self, now: Instant) -> Option<Event> {
        let (due, id) = *self.due.first()?;
        if due > now {
            return None;
        }
        self.due.remove(&(due, id));
        let lane = self.lanes.get_mut(self.held.get(&id)?)?;
        lane.is_sending = true;
        lane.events.front().cloned()
    }

    /// Takes the oldest event, whether it may be sent or not, unless it is being sent.
    pub(super) fn take_oldest(&mut self) -> Option<Event> {
        let (id, subject) = self.held.first_key_value()?;
        let lane = self.lanes.get_mut(subject).filter(|lane| !lane.is_sending)?;
        let first = lane.events.front()?;
        // An operator may have asked for an event that is older than those before it.
        if first.id == *id {
            self.due.remove(&(lane.due, *id));
            lane.is_sending = true;
            return Some(first.clone());
        }
        self.take(self.next_due()?)
    }

    /// Takes the oldest event of those that are first in their lanes and were never sent.
    pub(super) fn take_untried(&mut self) -> Option<Event> {
        let is_untried = |lane: &&mut Lane| lane.tries == 0 && !lane.is_sending;
        let first = |lane: &&mut Lane| lane.events.front().map(|event| event.id);
        let lane = self.lanes.values_mut().filter(is_untried).min_by_key(first)?;
        let event = lane.events.front()?;
        self.due.remove(&(lane.due, event.id));
        lane.is_sending = true;
        Some(event.clone())
    }

    /// The time at which the next event may be sent.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Removes an event that was sent and is not to be sent again. The next one of its lane may
    /// follow.
    pub(super) fn settle(&mut self, id: EventId, now: Instant) {
        let Some(subject) = self.held.remove(&id) else { return };
        let Some(lane) = self.lanes.get_mut(&subject) else { return };
        lane.events.pop_front();
        (lane.tries, lane.due, lane.is_sending) = (0, now, false);
        match lane.events.front() {
            Some(next) => drop(self.due.insert((now, next.id))),
            None => drop(self.lanes.remove(&subject)),
        }
    }

    /// Notes that an event that was taken has failed, and returns the number of its failures.
    pub(super) fn fail(&mut self, id: EventId, due: impl FnOnce(u32) -> Instant) -> u32 {
        let lane = self.held.get(&id).and_then(|subject| self.lanes.get_mut(subject));
        let Some(lane) = lane else { return 0 };
        lane.tries = lane.tries.saturating_add(1);
        (lane.due, lane.is_sending) = (due(lane.tries), false);
        self.due.insert((lane.due, id));
        lane.tries
    }

    /// Notes that an event that was taken as a probe has failed. This says that the receiver is down,
    /// and nothing of the event, which may be sent as soon as the receiver is up. Otherwise, the
    /// oldest event would wait for minutes then, because it was probed with most.
    pub(super) fn fail_probe(&mut self, id: EventId, now: Instant) -> u32 {
        let lane = self.held.get(&id).and_then(|subject| self.lanes.get_mut(subject));
        let Some(lane) = lane else { return 0 };
        lane.tries = lane.tries.max(1);
        (lane.due, lane.is_sending) = (now, false);
        self.due.insert((now, id));
        lane.tries
    }

    /// Removes the events that occurred before `before`, except for those that are being sent, and
    /// returns them.
    pub(super) fn remove_older(&mut self, before: OffsetDateTime, now: Instant) -> Vec<Waiting> {
        let mut removed = Vec::new();
        for lane in self.lanes.values_mut().filter(|lane| !lane.is_sending) {
            let Some(first) = lane.events.front().map(|event| event.id) else { continue };
            self.due.remove(&(lane.due, first));
            while let Some(event) = lane.events.pop_front_if(|event| event.at < before) {
                self.held.remove(&event.id);
                removed.push(Waiting { id: event.id, tries: lane.tries });
                (lane.tries, lane.due) = (0, now);
            }
            if let Some(next) = lane.events.front() {
                self.due.insert((lane.due, next.id));
            }
        }
        self.lanes.retain(|_, lane| !lane.events.is_empty());
        removed
    }

    /// The position up to which each event is delivered or waits for a later try, and the events
    /// that wait. The rest is being sent, or was never sent.
    pub(super) fn settled(&self) -> (EventId, Vec<Waiting>) {
        let (mut position, mut waiting) = (self.read_to, Vec::new());
        for (id, subject) in &self.held {
            let Some(lane) = self.lanes.get(subject) else { continue };
            if lane.tries == 0 {
                position = position.min(id.previous());
                break;
            }
            let is_first = lane.events.front().is_some_and(|event| event.id == *id);
            waiting.push(Waiting { id: *id, tries: if is_first { lane.tries } else { 0 } });
        }
        (position, waiting)
    }

    /// The time of the oldest event that is held.
    pub(super) fn oldest(&self) -> Option<&Event> {
        let (id, subject) = self.held.first_key_value()?;
        self.lanes.get(subject)?.events.iter().find(|event| event.id == *id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};
    use std::time::Duration;

    use proptest::prelude::*;
    use time::OffsetDateTime;
    use tokio::time::Instant;
    use uuid::Uuid;

    use super::Queue;
    use crate::event::{ActorKind, Event, EventActor, EventId, EventType};

    fn event(position: i64, subject: u128) -> Event {
        Event {
            id: EventId::new(position).unwrap(),
            event_type: EventType::SessionRevoked,
            at: OffsetDateTime::UNIX_EPOCH,
            identity: Uuid::nil(),
            session: Some(Uuid::from_u128(subject)),
            cause: None,
            actor: EventActor { kind: ActorKind::User, session: None, address: None },
            expires_at: None,
            level: None,
            previous_level: None,
            user_agent: None,
        }
    }

    #[derive(Debug, Clone)]
    enum Step {
        Push(u128),
        Take,
        TakeOldest,
        TakeUntried,
        Settle(usize),
        Fail(usize),
        FailProbe(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (1..5_u128).prop_map(Step::Push),
            Just(Step::Take),
            Just(Step::TakeOldest),
            Just(Step::TakeUntried),
            (0..4_usize).prop_map(Step::Settle),
            (0..4_usize).prop_map(Step::Fail),
            (0..4_usize).prop_map(Step::FailProbe),
        ];
        prop::collection::vec(step, 0..200)
    }

    #[test]
    fn failed_probes_do_not_prolong_the_pause_of_an_event() {
        let now = Instant::now();
        let mut queue = Queue::new(EventId::BEGINNING);
        queue.push(event(1, 1), 0, now);
        for _ in 0..20 {
            let probe = queue.take_oldest().unwrap();
            queue.fail_probe(probe.id, now);
        }
        let sent = queue.take(now).unwrap();
        assert_eq!(queue.fail(sent.id, |_| now + Duration::from_secs(1)), 2);
        assert!(queue.take(now).is_none());
    }

    proptest! {
        /// In any order of steps, each event is delivered once, those of a subject in order and one at
        /// a time, and the position never passes an event that is neither delivered nor waiting.
        #[test]
        fn nothing_is_lost_repeated_or_overtaken(steps in steps()) {
            let (mut now, mut next) = (Instant::now(), 0);
            let mut queue = Queue::new(EventId::BEGINNING);
            let (mut pushed, mut taken, mut delivered) = (Vec::new(), Vec::<Event>::new(), Vec::new());
            let last = steps.len();
            // In the end, everything is taken and delivered.
            let rest = (0..2 * last).map(|nth| if nth % 2 == 0 { Step::Take } else { Step::Settle(0) });
            for step in steps.into_iter().chain(rest) {
                now += Duration::from_secs(1);
                match step {
                    Step::Push(subject) => {
                        next += 1;
                        pushed.push(event(next, subject));
                        queue.push(event(next, subject), 0, now);
                        queue.advance(EventId::new(next).unwrap());
                    }
                    Step::Take | Step::TakeOldest | Step::TakeUntried => {
                        let event = match step {
                            Step::Take => queue.take(now),
                            Step::TakeOldest => queue.take_oldest(),
                            _ => queue.take_untried(),
                        };
                        if let Some(event) = event {
                            prop_assert!(taken.iter().all(|one| one.session != event.session));
                            taken.push(event);
                        }
                    }
                    Step::Settle(nth) if nth < taken.len() => {
                        let event = taken.remove(nth);
                        queue.settle(event.id, now);
                        delivered.push(event);
                    }
                    Step::Fail(nth) if nth < taken.len() => {
                        queue.fail(taken.remove(nth).id, |_| now);
                    }
                    Step::FailProbe(nth) if nth < taken.len() => {
                        queue.fail_probe(taken.remove(nth).id, now);
                    }
                    Step::Settle(_) | Step::Fail(_) | Step::FailProbe(_) => {}
                }
                let (position, waiting) = queue.settled();
                let waiting: BTreeSet<_> = waiting.iter().map(|one| one.id).collect();
                for event in pushed.iter().filter(|event| event.id <= position) {
                    let is_settled = delivered.contains(event) || waiting.contains(&event.id);
                    prop_assert!(is_settled, "{:?} at {position:?}", event.id);
                }
            }
            prop_assert_eq!(queue.len(), 0);
            prop_assert_eq!(queue.settled(), (EventId::new(next).unwrap(), Vec::new()));
            let mut order = HashMap::new();
            for event in &delivered {
                let before = order.insert(event.session, event.id);
                prop_assert!(before.is_none_or(|before| before < event.id));
            }
            let all: BTreeSet<_> = delivered.iter().map(|event| event.id).collect();
            prop_assert_eq!((all.len(), delivered.len()), (pushed.len(), pushed.len()));
        }
    }
}
