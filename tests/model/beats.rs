//! Beats, and the removal of replicas whose beat stands still.

use crate::actions::ReplicaAction;
use crate::configuration::Configuration;
use crate::rules::Rule;
use crate::state::{Beat, Replica, SeenBeat, Snapshot, State};

impl State {
    pub fn step_beat(
        &mut self,
        configuration: &Configuration,
        index: usize,
        action: ReplicaAction,
    ) {
        let replica = &mut self.replicas[index];
        match action {
            ReplicaAction::BeginBeat => {
                let beat = Beat { age: 0, is_written: false, is_forgotten: false };
                replica.beats.in_flight = Some(beat);
            }
            ReplicaAction::ExecuteBeat => self.execute_beat(configuration, index),
            ReplicaAction::FinishBeat => {
                let beat = replica.beats.in_flight.take().filter(|beat| !beat.is_forgotten);
                if let Some(beat) = beat {
                    replica.beats.left = configuration.times.beat_validity - beat.age;
                }
            }
            ReplicaAction::BeginRemoval(other) => {
                let seen = replica.beats.seen[other].take();
                replica.beats.removal = seen.map(|seen| (other, seen.beat));
            }
            _ => self.execute_removal(configuration, index),
        }
    }

    /// The value of the next beat, which counts as written.
    pub fn next_beat(&mut self, configuration: &Configuration, index: usize) -> u8 {
        if !configuration.has_removals() {
            return 0;
        }
        let beats = &mut self.replicas[index].beats;
        beats.written += 1;
        let row = self.database.rows[index];
        if configuration.follows(Rule::BeatsAreUnique) {
            beats.written
        } else {
            row.map_or(0, |row| row.beat + 1)
        }
    }

    fn execute_beat(&mut self, configuration: &Configuration, index: usize) {
        if self.database.rows[index].is_none() {
            self.replicas[index].beats.in_flight = None;
            return;
        }
        let value = self.next_beat(configuration, index);
        if let Some(row) = &mut self.database.rows[index] {
            row.beat = value;
        }
        if let Some(beat) = &mut self.replicas[index].beats.in_flight {
            beat.is_written = true;
        }
    }

    fn execute_removal(&mut self, configuration: &Configuration, index: usize) {
        let Some((other, beat)) = self.replicas[index].beats.removal.take() else { return };
        let row = &mut self.database.rows[other];
        let requires_beat = configuration.follows(Rule::RemovalRequiresBeat);
        *row = row.filter(|row| requires_beat && row.beat != beat);
    }
}

impl Replica {
    /// Remembers when a poll first saw each beat.
    pub fn see_beats(&mut self, removes: bool, snapshot: Snapshot) {
        if !removes {
            return;
        }
        for (other, seen) in self.beats.seen.iter_mut().enumerate() {
            let beat = snapshot.beats[other];
            if snapshot.others & (1 << other) == 0 {
                *seen = None;
            } else if seen.is_none_or(|seen| seen.beat != beat) {
                *seen = Some(SeenBeat { beat, age: 0 });
            }
        }
    }

    pub fn forget_beats(&mut self, configuration: &Configuration) {
        if configuration.follows(Rule::EpochForgetsBeats) {
            self.beats.left = 0;
            if let Some(beat) = &mut self.beats.in_flight {
                beat.is_forgotten = true;
            }
        }
    }

    /// True if the beat is recent enough for a lease.
    pub fn allows_lease(&self, configuration: &Configuration, others: u8) -> bool {
        let requires_beat =
            configuration.has_removals() && configuration.follows(Rule::LeaseRequiresBeat);
        others == 0 || !requires_beat || self.beats.left > 0
    }
}
