//! Short names for the configurations, and the runs of the checker.

use stateright::{Checker, HasDiscoveries, Model};

use crate::configuration::{
    Change, Configuration, Failover, Faults, Reached, Reads, Removals, Role, Start, Times, Writer,
};
use crate::rules::{Rule, Rules};

pub const REPLICA: Role = Role { caches: true, removes: false, start: Start::Registered };
pub const NEWCOMER: Role = Role { start: Start::Late, ..REPLICA };
/// A replica whose own cache is not modelled.
pub const OTHER: Role = Role { caches: false, ..REPLICA };
pub const LATE_OTHER: Role = Role { start: Start::Late, ..OTHER };
pub const REMOVER: Role = Role { removes: true, ..OTHER };

pub const fn command_line(change: Change) -> Writer {
    Writer { replica: None, change }
}

pub const fn replica(index: usize, change: Change) -> Writer {
    Writer { replica: Some(index), change }
}

/// The smallest configuration: a lease of one tick and no faults.
pub fn configuration(replicas: &[Role], writers: &[Writer]) -> Configuration {
    Configuration {
        rules: Rules::default(),
        replicas: replicas.to_vec(),
        writers: writers.to_vec(),
        reads: Reads::AtOnce,
        times: Times { lease: 1, beat_validity: 1, removal_delay: 2, drift: 0 },
        faults: Faults::default(),
        reaches: Vec::new(),
    }
}

impl Configuration {
    pub fn without(mut self, broken: &[Rule]) -> Self {
        self.rules = Rules::without(broken);
        self
    }

    pub fn lease(mut self, lease: u8) -> Self {
        self.times.lease = lease;
        self
    }

    pub fn reads_in_two_steps(mut self) -> Self {
        self.reads = Reads::InTwoSteps;
        self
    }

    pub fn drift(mut self, drift: u8) -> Self {
        self.times.drift = drift;
        self
    }

    pub fn failover(mut self, failover: Failover) -> Self {
        self.faults.failover = failover;
        self
    }

    /// Beats that are valid for the given time, and the removal after the shortest safe delay.
    pub fn removals(mut self, most_beats: u8, beat_validity: u8) -> Self {
        self.faults.removals = Removals::WithBeats(most_beats);
        self.times.beat_validity = beat_validity;
        self.times.removal_delay = beat_validity + self.times.lease + self.times.drift;
        self
    }

    /// Visits all states.
    pub fn holds_and_reaches(mut self, reached: &[Reached]) {
        self.reaches = reached.to_vec();
        let checker = self.checker().spawn_bfs().join();
        println!("{} states", checker.unique_state_count());
        checker.assert_properties();
    }

    /// Visits states until one violates the property. The path to it is a shortest one.
    pub fn violates(self, property: &'static str) {
        let violation = HasDiscoveries::AllOf([property].into());
        let checker = self.checker().finish_when(violation).spawn_bfs().join();
        let path = checker.assert_any_discovery(property);
        println!("{} states", checker.unique_state_count());
        for action in path.into_actions() {
            println!("{action:?}");
        }
    }
}
