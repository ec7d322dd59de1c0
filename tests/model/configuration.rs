//! The parts of a run of the checker: replicas, writers, faults and times.

use crate::rules::{Rule, Rules};

/// A configuration focuses on one danger, so that all of its states can be visited.
#[derive(Debug, Clone)]
pub struct Configuration {
    pub rules: Rules,
    pub replicas: Vec<Role>,
    pub writers: Vec<Writer>,
    pub reads: Reads,
    pub times: Times,
    pub faults: Faults,
    /// The events that this configuration must be able to reach.
    pub reaches: Vec<Reached>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    pub caches: bool,
    /// True if the replica removes others that it takes for dead.
    pub removes: bool,
    /// The replica runs from the beginning, or registers late.
    pub start: Start,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Registered,
    Late,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    /// The replica that writes, or none for the command line.
    pub replica: Option<usize>,
    pub change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Revokes, extends, binds or otherwise changes the session.
    Session,
    /// Changes another session, and shares only the log.
    Unrelated,
    /// Finds the change of another writer already made.
    Repeated,
}

/// The steps of a miss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Time may pass between the server's answer and the insertion of the entry.
    InTwoSteps,
    /// Keeps configurations small whose danger is elsewhere.
    AtOnce,
}

/// Durations in ticks of a clock.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub lease: u8,
    /// The time for which a beat allows leases.
    pub beat_validity: u8,
    /// The time for which a beat must be unchanged before its replica is removed.
    pub removal_delay: u8,
    /// The most by which a clock leads or lags over any interval.
    pub drift: u8,
}

/// The faults that can happen, each at most this often.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    pub crashes: u8,
    pub stops: u8,
    pub failover: Failover,
    pub losses: Losses,
    /// Beats and removals. Without them, every beat counts as recent.
    pub removals: Removals,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Failover {
    #[default]
    None,
    /// Once, to a server that lacks the commits after any moment.
    LosesNewest,
    /// Once, to a server that lacks all commits of the run: small, and the most dangerous.
    LosesAll,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Losses {
    #[default]
    None,
    Possible,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Removals {
    #[default]
    None,
    /// The number of beats that each replica writes at most.
    WithBeats(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    Hit,
    AnswerByAcknowledgement,
    AnswerByLeaseEnd,
    AnswerWithoutOthers,
}

impl Configuration {
    pub fn follows(&self, rule: Rule) -> bool {
        self.rules.contain(rule)
    }

    /// The time for which a writer or a newcomer waits for a lease of another clock to end.
    pub fn wait(&self) -> u8 {
        let margin = if self.follows(Rule::DriftMargin) { 2 * self.times.drift } else { 0 };
        self.times.lease + margin
    }

    /// True if a writer uses what the replica knows of others.
    pub fn writes(&self, replica: usize) -> bool {
        self.writers.iter().any(|writer| writer.replica == Some(replica))
    }

    /// True if the replica only removes others. The pauses of its polls make no difference.
    pub fn only_observes(&self, replica: usize) -> bool {
        !self.replicas[replica].caches && !self.writes(replica)
    }

    pub fn has_removals(&self) -> bool {
        self.faults.removals != Removals::None
    }
}
