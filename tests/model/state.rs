//! The state of the whole system.
//!
//! Times are the remaining or elapsed ticks of a timer, never dates, and stop at the value from
//! which on they make no difference. So pauses of any length have finitely many states.

use crate::configuration::{Configuration, Failover, Start};
use crate::database::{Database, MAX_REPLICAS};

/// Replicas and the command line have a clock each.
pub const MAX_CLOCKS: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub database: Database,
    /// The server that takes over at a failover. It lacks all commits after this copy was made.
    pub standby: Option<Box<Database>>,
    pub replicas: Vec<Replica>,
    pub writers: Vec<Write>,
    /// The versions that were answered, as a set of bits.
    pub answered: u8,
    /// The highest version so far, including those that a failover lost.
    pub versions: u8,
    /// The ticks by which each clock leads the slowest possible one.
    pub leads: [u8; MAX_CLOCKS],
    pub crashes: u8,
    pub stops: u8,
    pub has_failed_over: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Replica {
    pub life: Life,
    /// The epoch of the last poll; 0 before the first.
    pub epoch: u8,
    /// The highest position that was handled.
    pub last: u8,
    pub lease_left: u8,
    /// The epoch of the poll that granted the lease.
    pub lease_epoch: u8,
    pub probation: Probation,
    pub knowledge: Option<Knowledge>,
    /// The time for which a new epoch delays answers.
    pub epoch_wait: u8,
    pub poll: Option<Poll>,
    pub read: Option<Read>,
    /// The version of the usable entry.
    pub entry: Option<u8>,
    /// The acknowledgement to be written, and the epoch of its position.
    pub acknowledgement: Option<(u8, u8)>,
    pub beats: Beats,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Life {
    /// Not registered: a newcomer, or a replica whose row has gone.
    #[default]
    Unregistered,
    Registered,
    /// Answers from the database only. Its row is about to be deleted.
    Stopping,
    Down,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Probation {
    pub left: u8,
    /// True until a poll shows the others to wait for.
    pub is_open: bool,
}

/// The other replicas that a poll showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Knowledge {
    pub others: u8,
    pub left: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Poll {
    /// The time since the poll began.
    pub age: u8,
    pub began_on_probation: bool,
    pub snapshot: Option<Snapshot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Snapshot {
    pub epoch: u8,
    pub head: u8,
    /// True if an event of the session is among those read.
    pub invalidates: bool,
    pub has_own_row: bool,
    pub others: u8,
    pub beats: [u8; MAX_REPLICAS],
}

/// A read of the session that is not inserted yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Read {
    pub version: u8,
    /// True if an event of the session was handled since the read began. The program compares
    /// the counter of the entry with that of its bucket. With one session, this says the same.
    pub is_outdated: bool,
}

/// Beats of the replica, and those that it saw of others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Beats {
    /// The time for which the last successful beat allows leases.
    pub left: u8,
    pub written: u8,
    pub in_flight: Option<Beat>,
    pub seen: [Option<SeenBeat>; MAX_REPLICAS],
    /// The replica to remove, and the beat that was seen.
    pub removal: Option<(usize, u8)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Beat {
    pub age: u8,
    pub is_written: bool,
    pub is_forgotten: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeenBeat {
    pub beat: u8,
    pub age: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Write {
    pub step: Step,
    /// The time since the commit.
    pub since_commit: u8,
    /// The version that the change made or found. None for an unrelated change.
    pub version: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    Idle,
    /// The transaction has begun. A broken writer looked for the others already.
    Begun {
        looked: Option<u8>,
    },
    Committed {
        looked: Option<u8>,
    },
    /// The own entries are invalidated.
    Invalidated {
        looked: Option<u8>,
    },
    /// The writer knows whom to wait for.
    Informed {
        others: u8,
    },
    /// The writer waits for acknowledgements of a position.
    Waiting {
        others: u8,
        position: u8,
    },
    /// The writer could not look, or must not trust what it saw, and waits for the end of a lease.
    WaitingForLease,
    Answered(Answer),
    /// The writer crashed, or nobody waits for its answer.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    AtOnce,
    Acknowledged,
    LeaseEnded,
    WithoutOthers,
}

impl State {
    pub fn new(configuration: &Configuration) -> Self {
        let replicas = configuration.replicas.iter().map(|role| match role.start {
            Start::Registered => Replica { life: Life::Registered, epoch: 1, ..Replica::default() },
            Start::Late => Replica::default(),
        });
        let replicas: Vec<_> = replicas.collect();
        let registered = (0..replicas.len()).filter(|r| replicas[*r].life == Life::Registered);
        let database = Database::new(registered);
        let loses_all = configuration.faults.failover == Failover::LosesAll;
        Self {
            standby: loses_all.then(|| Box::new(database.clone())),
            database,
            writers: configuration.writers.iter().map(|_| Write::new()).collect(),
            replicas,
            answered: 1,
            versions: 0,
            leads: [0; MAX_CLOCKS],
            crashes: 0,
            stops: 0,
            has_failed_over: false,
        }
    }
}

impl Write {
    pub fn new() -> Self {
        Self { step: Step::Idle, since_commit: 0, version: None }
    }
}

impl Replica {
    /// True if the replica answers from memory now.
    pub fn hits(&self) -> bool {
        self.life != Life::Stopping && self.lease_left > 0 && self.entry.is_some()
    }

    /// True if the process runs.
    pub fn is_up(&self) -> bool {
        self.life != Life::Down
    }
}
