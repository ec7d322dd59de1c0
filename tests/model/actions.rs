//! The steps of the system. Each is atomic, and any number of others may happen between two.

use crate::clock::Advance;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Time passes. Each clock advances by the given ticks.
    Tick(Advance),
    /// Gives positions to the visible events. Any replica may do that at any time.
    Sequence,
    /// The standby receives no commits after this moment.
    StandbyFallsBehind,
    FailOver,
    Replica(usize, ReplicaAction),
    Writer(usize, WriterAction),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplicaAction {
    Register,
    BeginPoll,
    /// The server executes the read of the poll.
    ExecutePoll,
    HandlePoll,
    LosePoll,
    WriteAcknowledgement,
    LoseAcknowledgement,
    /// A miss: the server executes the read of the session.
    ReadSession,
    InsertEntry,
    LoseRead,
    BeginBeat,
    ExecuteBeat,
    FinishBeat,
    BeginRemoval(usize),
    ExecuteRemoval,
    Crash,
    Restart,
    Stop,
    DeleteOwnRow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriterAction {
    /// Begins the transaction and allocates the ID of the event.
    Begin,
    Commit,
    InvalidateOwnEntries,
    /// Learns from the last poll, or by looking, whom to wait for.
    FindOthers,
    FailToLook,
    /// Sequences the log and takes its head.
    TakePosition,
    Answer,
}
