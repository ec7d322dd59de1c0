//! The database: the session, the log of events and the rows of the replicas.

use crate::rules::{Rule, Rules};

/// The largest number of replicas in a configuration.
pub const MAX_REPLICAS: usize = 3;
/// The largest number of writers in a configuration.
pub const MAX_WRITERS: usize = 2;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Database {
    /// The server that answers. A failover changes it.
    pub epoch: u8,
    /// The versions of the session that were committed, as a set of bits. Version 0 is the initial one.
    pub history: u8,
    /// The highest position of the log.
    pub head: u8,
    /// The event of each writer.
    pub events: [Event; MAX_WRITERS],
    pub rows: [Option<Row>; MAX_REPLICAS],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    Absent,
    /// The ID is allocated. The transaction is not committed.
    Allocated {
        id: u8,
    },
    Visible {
        id: u8,
    },
    Positioned {
        id: u8,
        position: u8,
    },
}

/// The row of a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    pub beat: u8,
    pub acknowledged: u8,
}

impl Event {
    fn id(self) -> u8 {
        match self {
            Self::Absent => 0,
            Self::Allocated { id } | Self::Visible { id } | Self::Positioned { id, .. } => id,
        }
    }

    /// The ID, if the transaction is committed.
    fn visible_id(self) -> Option<u8> {
        match self {
            Self::Visible { id } | Self::Positioned { id, .. } => Some(id),
            Self::Absent | Self::Allocated { .. } => None,
        }
    }
}

impl Database {
    /// A database with the rows of the given replicas.
    pub fn new(registered: impl Iterator<Item = usize>) -> Self {
        let mut rows = [None; MAX_REPLICAS];
        for replica in registered {
            rows[replica] = Some(Row { beat: 0, acknowledged: 0 });
        }
        Self { epoch: 1, history: 1, head: 0, events: [Event::Absent; MAX_WRITERS], rows }
    }

    pub fn version(&self) -> u8 {
        newest(self.history)
    }

    pub fn next_id(&self) -> u8 {
        1 + self.events.iter().map(|event| event.id()).max().unwrap_or(0)
    }

    /// Gives the visible events without a position the next ones, in the order of their IDs.
    pub fn sequence(&mut self) {
        let mut visible: Vec<&mut Event> =
            self.events.iter_mut().filter(|event| matches!(event, Event::Visible { .. })).collect();
        visible.sort_by_key(|event| event.id());
        for event in visible {
            self.head += 1;
            *event = Event::Positioned { id: event.id(), position: self.head };
        }
    }

    /// The value that a replica remembers after it read all visible events.
    pub fn head(&self, rules: &Rules) -> u8 {
        if rules.contain(Rule::PollReadsUnpositioned) {
            return self.head;
        }
        self.events.iter().filter_map(|event| event.visible_id()).max().unwrap_or(0)
    }

    /// The writers whose events a poll reads.
    pub fn unread(&self, last: u8, rules: &Rules) -> impl Iterator<Item = usize> {
        let by_id = !rules.contain(Rule::PollReadsUnpositioned);
        let events = self.events.iter().enumerate();
        let unread = events.filter(move |(_, event)| match event {
            Event::Visible { id } | Event::Positioned { id, .. } if by_id => *id > last,
            Event::Absent | Event::Allocated { .. } => false,
            Event::Visible { .. } => true,
            Event::Positioned { position, .. } => *position > last,
        });
        unread.map(|(writer, _)| writer)
    }

    /// The other replicas that have a row, as a set of bits.
    pub fn others(&self, replica: Option<usize>) -> u8 {
        let rows = self.rows.iter().enumerate();
        let others = rows.filter(|(other, row)| row.is_some() && Some(*other) != replica);
        others.fold(0, |set, (other, _)| set | 1 << other)
    }

    /// Transactions that are not committed end with their server.
    pub fn roll_back(&mut self) {
        for event in &mut self.events {
            if matches!(event, Event::Allocated { .. }) {
                *event = Event::Absent;
            }
        }
    }
}

/// The highest version of a set.
pub fn newest(versions: u8) -> u8 {
    u8::try_from(versions.checked_ilog2().unwrap_or(0)).unwrap_or(0)
}
