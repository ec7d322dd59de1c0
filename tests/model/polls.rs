//! Polls: one read of the log and the rows, which renews the lease and invalidates entries.

use crate::configuration::{Configuration, Role};
use crate::rules::Rule;
use crate::state::{Knowledge, Life, Poll, Probation, Replica, Snapshot, State};

impl State {
    pub fn execute_poll(&mut self, configuration: &Configuration, index: usize) {
        let database = &self.database;
        let last = self.replicas[index].last;
        let mut unread = database.unread(last, &configuration.rules);
        let Role { caches, removes, .. } = configuration.replicas[index];
        let snapshot = Snapshot {
            epoch: database.epoch,
            head: if caches { database.head(&configuration.rules) } else { 0 },
            invalidates: caches && unread.any(|writer| configuration.changes_session(writer)),
            has_own_row: database.rows[index].is_some(),
            others: database.others(Some(index)),
            beats: database.rows.map(|row| row.filter(|_| removes).map_or(0, |row| row.beat)),
        };
        if let Some(poll) = &mut self.replicas[index].poll {
            poll.snapshot = Some(snapshot);
        }
    }

    pub fn write_acknowledgement(&mut self, configuration: &Configuration, index: usize) {
        let Some((position, epoch)) = self.replicas[index].acknowledgement.take() else { return };
        let names_epoch = configuration.follows(Rule::AcknowledgementNamesEpoch);
        if let Some(row) = &mut self.database.rows[index]
            && (epoch == self.database.epoch || !names_epoch)
        {
            row.acknowledged = position;
        }
    }
}

impl Replica {
    pub fn start_probation(&mut self, configuration: &Configuration) {
        if configuration.follows(Rule::NewcomerWaits) {
            let is_open = !configuration.follows(Rule::LoneNewcomerWaits);
            self.probation = Probation { left: configuration.wait(), is_open };
        }
    }

    pub fn begin_poll(&mut self) {
        let began_on_probation = self.probation.left > 0;
        self.poll = Some(Poll { age: 0, began_on_probation, snapshot: None });
    }

    pub fn handle_poll(&mut self, configuration: &Configuration, role: Role) {
        let Some(mut poll) = self.poll.take() else { return };
        let Some(snapshot) = poll.snapshot else { return };
        self.see_epoch(configuration, &mut poll, snapshot);
        if !snapshot.has_own_row {
            self.life = Life::Unregistered;
        }
        if snapshot.invalidates {
            self.invalidate();
        }
        let has_grown = snapshot.head > self.last;
        self.last = snapshot.head;
        if snapshot.has_own_row && role.caches {
            self.renew_lease(configuration, poll, snapshot);
        }
        let left = configuration.times.lease - poll.age;
        let knowledge = Knowledge { others: snapshot.others, left };
        self.knowledge = Some(knowledge).filter(|knowledge| knowledge.left > 0);
        self.see_beats(role.removes && configuration.has_removals(), snapshot);
        if snapshot.others > 0 && has_grown && role.caches {
            self.acknowledgement = Some((self.last, snapshot.epoch));
        }
    }

    /// Starts anew if the poll showed another epoch, or a log that ends before the last position.
    fn see_epoch(&mut self, configuration: &Configuration, poll: &mut Poll, snapshot: Snapshot) {
        let is_first = self.epoch == 0;
        let is_new = snapshot.epoch != self.epoch && configuration.follows(Rule::EpochClearsCache);
        self.epoch = snapshot.epoch;
        if !is_new && snapshot.head >= self.last {
            return;
        }
        self.entry = None;
        if configuration.follows(Rule::ClearReachesReads) {
            self.invalidate();
        }
        // The cache is empty, so all events before this head count as handled.
        self.last = snapshot.head;
        self.forget_beats(configuration);
        let delays = configuration.follows(Rule::EpochDelaysAnswers)
            && (!is_first || configuration.follows(Rule::FirstEpochIsNew));
        if delays {
            self.epoch_wait = configuration.wait();
        }
        // The probation of a newcomer already counts from its registration.
        if !is_first {
            self.start_probation(configuration);
            poll.began_on_probation = self.probation.left > 0;
        }
    }

    fn renew_lease(&mut self, configuration: &Configuration, mut poll: Poll, snapshot: Snapshot) {
        if self.probation.is_open {
            self.probation.is_open = false;
            if snapshot.others == 0 {
                self.probation.left = 0;
                poll.began_on_probation = false;
            }
        }
        let counts_at_begin = configuration.follows(Rule::ProbationCountsAtBegin);
        let on_probation =
            if counts_at_begin { poll.began_on_probation } else { self.probation.left > 0 };
        if on_probation || !self.allows_lease(configuration, snapshot.others) {
            return;
        }
        let counts_from_begin = configuration.follows(Rule::LeaseCountsFromBegin);
        let age = if counts_from_begin { poll.age } else { 0 };
        self.lease_left = configuration.times.lease - age;
        self.lease_epoch = if self.lease_left > 0 { snapshot.epoch } else { 0 };
    }
}
