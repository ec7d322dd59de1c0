//! The rules of the protocol, each of which a test can break.
//!
//! A counterexample of the checker led to each of the last rules, from `LoneNewcomerWaits` on.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A writer waits for the other replicas before it answers.
    WriterWaits,
    /// A replica that sees another epoch clears its cache.
    EpochClearsCache,
    /// A lease counts from the beginning of the poll, not from its answer.
    LeaseCountsFromBegin,
    /// An entry is as old as the beginning of its read, not as its insertion.
    EntryCountsFromRead,
    /// A writer looks for the other replicas after its commit.
    LookFollowsCommit,
    /// A newcomer has no lease before the others know it.
    NewcomerWaits,
    /// A poll that began on probation grants no lease, even if probation has ended since.
    ProbationCountsAtBegin,
    /// Polls read the events without a position, and not only those after the highest known ID.
    PollReadsUnpositioned,
    /// A replica deletes the row of a dead one only if the beat is still the one that it saw.
    RemovalRequiresBeat,
    /// A lease in the presence of others requires a recent beat.
    LeaseRequiresBeat,
    /// Waiting takes the drift of clocks into account.
    DriftMargin,
    /// Clearing the cache also invalidates the reads that are under way.
    ClearReachesReads,
    /// A replica counts as a writer's "other" until it acknowledges or its lease ends, even if its
    /// row has gone since.
    MissingRowsAreAwaited,
    /// A writer that sees a new epoch in a poll waits for the leases of the old one.
    EpochDelaysAnswers,
    /// The first epoch that a replica sees is new to it, too.
    FirstEpochIsNew,
    /// A change that finds nothing left to do waits like any other.
    RepeatedChangeWaits,
    /// A newcomer is on probation even if it sees no other replica.
    LoneNewcomerWaits,
    /// Looking for the others shows the epoch, too.
    LookShowsEpoch,
    /// The command line waits for the end of a lease, whatever rows it sees.
    CommandLineAlwaysWaits,
    /// An acknowledgement fails on a server of another epoch.
    AcknowledgementNamesEpoch,
    /// A beat writes a value that no other beat ever wrote.
    BeatsAreUnique,
    /// Beats that began before a replica saw the epoch do not count for a lease in it.
    EpochForgetsBeats,
}

/// The rules that the modelled program follows: all, except the broken ones.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    broken: Vec<Rule>,
}

impl Rules {
    pub fn without(broken: &[Rule]) -> Self {
        Self { broken: broken.to_vec() }
    }

    pub fn contain(&self, rule: Rule) -> bool {
        !self.broken.contains(&rule)
    }
}
