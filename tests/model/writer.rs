//! The steps of a writer, from the beginning of its transaction to the answer to its caller.

use crate::actions::WriterAction;
use crate::configuration::{Change, Configuration};
use crate::database::Event;
use crate::rules::Rule;
use crate::state::{Answer, State, Step, Write};

impl State {
    pub fn step_writer(
        &mut self,
        configuration: &Configuration,
        index: usize,
        action: WriterAction,
    ) {
        let replica = configuration.writers[index].replica;
        let step = self.writers[index].step;
        let step = match (action, step) {
            (WriterAction::Begin, _) => self.begin(configuration, index),
            (WriterAction::Commit, Step::Begun { looked }) => {
                self.commit(configuration, index);
                let is_unrelated = configuration.writers[index].change == Change::Unrelated;
                // Nobody asks what an unrelated change was answered.
                if is_unrelated { Step::Done } else { Step::Committed { looked } }
            }
            (WriterAction::InvalidateOwnEntries, Step::Committed { looked }) => {
                if let Some(replica) = replica {
                    self.replicas[replica].invalidate();
                }
                Step::Invalidated { looked }
            }
            (WriterAction::FindOthers, Step::Invalidated { looked }) => match looked {
                Some(others) => Step::Informed { others },
                None => self.find_others(configuration, index),
            },
            (WriterAction::FailToLook, _) => Step::WaitingForLease,
            (WriterAction::TakePosition, Step::Informed { others }) => {
                self.database.sequence();
                Step::Waiting { others, position: self.database.head(&configuration.rules) }
            }
            (WriterAction::Answer, _) => return self.give_answer(configuration, index),
            _ => step,
        };
        self.writers[index].step = step;
    }

    fn begin(&mut self, configuration: &Configuration, index: usize) -> Step {
        if configuration.writers[index].change != Change::Repeated {
            self.database.events[index] = Event::Allocated { id: self.database.next_id() };
        }
        let looks = !configuration.follows(Rule::LookFollowsCommit);
        let replica = configuration.writers[index].replica;
        Step::Begun { looked: looks.then(|| self.database.others(replica)) }
    }

    fn commit(&mut self, configuration: &Configuration, index: usize) {
        if let Event::Allocated { id } = self.database.events[index] {
            self.database.events[index] = Event::Visible { id };
        }
        let change = configuration.writers[index].change;
        if change == Change::Session {
            self.versions += 1;
            self.database.history |= 1 << self.versions;
        }
        let version = self.database.version();
        self.writers[index].version = (change != Change::Unrelated).then_some(version);
    }

    /// Takes the others from the last poll of the replica, or else looks.
    fn find_others(&mut self, configuration: &Configuration, index: usize) -> Step {
        let Some(replica) = configuration.writers[index].replica else {
            // The command line cannot know whether a failover has lost the rows of replicas.
            let waits = configuration.follows(Rule::CommandLineAlwaysWaits);
            let others = self.database.others(None);
            return if waits { Step::WaitingForLease } else { Step::Informed { others } };
        };
        if let Some(knowledge) = self.replicas[replica].knowledge {
            return Step::Informed { others: knowledge.others };
        }
        let is_new_epoch = self.replicas[replica].epoch != self.database.epoch;
        if is_new_epoch && configuration.follows(Rule::LookShowsEpoch) {
            return Step::WaitingForLease;
        }
        Step::Informed { others: self.database.others(Some(replica)) }
    }

    /// The answer that the rules allow the writer to give now.
    pub fn answer(&self, configuration: &Configuration, index: usize) -> Option<Answer> {
        let write = &self.writers[index];
        if !write.is_waiting() {
            return None;
        }
        let writer = configuration.writers[index];
        let invalidated = !matches!(write.step, Step::Committed { .. });
        let repeats_at_once =
            writer.change == Change::Repeated && !configuration.follows(Rule::RepeatedChangeWaits);
        if invalidated && (repeats_at_once || !configuration.follows(Rule::WriterWaits)) {
            return Some(Answer::AtOnce);
        }
        if writer.replica.is_some_and(|replica| self.replicas[replica].epoch_wait > 0) {
            return None;
        }
        let lease_ended = write.since_commit >= configuration.wait();
        match write.step {
            Step::Informed { others: 0 } => Some(Answer::WithoutOthers),
            Step::Waiting { others, position }
                if self.have_acknowledged(configuration, others, position) =>
            {
                Some(Answer::Acknowledged)
            }
            Step::Waiting { .. } | Step::WaitingForLease => {
                lease_ended.then_some(Answer::LeaseEnded)
            }
            _ => None,
        }
    }

    fn have_acknowledged(&self, configuration: &Configuration, others: u8, position: u8) -> bool {
        let awaits_missing = configuration.follows(Rule::MissingRowsAreAwaited);
        let roles = configuration.replicas.iter().zip(&self.database.rows).enumerate();
        roles.into_iter().all(|(replica, (role, row))| {
            // A replica whose cache is not modelled counts as one that has acknowledged.
            let is_awaited = others & (1 << replica) != 0 && role.caches;
            !is_awaited || row.map_or(!awaits_missing, |row| row.acknowledged >= position)
        })
    }

    fn give_answer(&mut self, configuration: &Configuration, index: usize) {
        let Some(answer) = self.answer(configuration, index) else { return };
        let write = &mut self.writers[index];
        write.step = Step::Answered(answer);
        write.since_commit = 0;
        if let Some(version) = write.version {
            self.answered |= 1 << version;
        }
    }

    /// Transactions that are not committed end with their server. Their writers retry.
    pub fn retry_uncommitted(&mut self) {
        for write in &mut self.writers {
            if matches!(write.step, Step::Begun { .. }) {
                *write = Write::new();
            }
        }
    }
}

impl Write {
    /// True if the change is committed and not yet answered.
    pub fn is_waiting(&self) -> bool {
        !matches!(self.step, Step::Idle | Step::Begun { .. } | Step::Done) && !self.is_answered()
    }

    pub fn is_answered(&self) -> bool {
        matches!(self.step, Step::Answered(_))
    }
}

impl Configuration {
    pub fn changes_session(&self, writer: usize) -> bool {
        self.writers[writer].change == Change::Session
    }
}
