//! The steps that are possible in a state.

use crate::actions::{Action, ReplicaAction, WriterAction};
use crate::clock;
use crate::configuration::{Change, Configuration, Failover, Losses, Removals};
use crate::database::Event;
use crate::state::{Life, Replica, State, Step};

pub fn enabled(configuration: &Configuration, state: &State, actions: &mut Vec<Action>) {
    actions.extend(clock::advances(configuration, state).into_iter().map(Action::Tick));
    if state.database.events.iter().any(|event| matches!(event, Event::Visible { .. })) {
        actions.push(Action::Sequence);
    }
    if state.standby.is_some() {
        actions.push(Action::FailOver);
    } else if configuration.faults.failover == Failover::LosesNewest && !state.has_failed_over {
        actions.push(Action::StandbyFallsBehind);
    }
    let enabled = Enabled { configuration, state };
    for index in 0..state.replicas.len() {
        let replica = enabled.of_replica(index).into_iter();
        actions.extend(replica.map(|action| Action::Replica(index, action)));
    }
    for index in 0..state.writers.len() {
        let writer = enabled.of_writer(index).into_iter();
        actions.extend(writer.map(|action| Action::Writer(index, action)));
    }
}

struct Enabled<'a> {
    configuration: &'a Configuration,
    state: &'a State,
}

impl Enabled<'_> {
    fn of_replica(&self, index: usize) -> Vec<ReplicaAction> {
        let replica = &self.state.replicas[index];
        let mut actions = Vec::new();
        self.add_polls(replica, &mut actions);
        if self.configuration.replicas[index].caches && replica.life != Life::Stopping {
            self.add_reads(replica, &mut actions);
        }
        self.add_lives(index, &mut actions);
        if self.configuration.has_removals() && replica.life == Life::Registered {
            self.add_beats(index, &mut actions);
        }
        actions
    }

    fn loses_messages(&self) -> bool {
        self.configuration.faults.losses == Losses::Possible
    }

    fn add_polls(&self, replica: &Replica, actions: &mut Vec<ReplicaAction>) {
        match replica.poll {
            None if replica.life == Life::Registered => actions.push(ReplicaAction::BeginPoll),
            None => {}
            Some(poll) => {
                actions.push(match poll.snapshot {
                    Some(_) => ReplicaAction::HandlePoll,
                    None => ReplicaAction::ExecutePoll,
                });
                if self.loses_messages() {
                    actions.push(ReplicaAction::LosePoll);
                }
            }
        }
        if replica.acknowledgement.is_some() {
            actions.push(ReplicaAction::WriteAcknowledgement);
            if self.loses_messages() {
                actions.push(ReplicaAction::LoseAcknowledgement);
            }
        }
    }

    fn add_reads(&self, replica: &Replica, actions: &mut Vec<ReplicaAction>) {
        if replica.read.is_some() {
            actions.push(ReplicaAction::InsertEntry);
            if self.loses_messages() {
                actions.push(ReplicaAction::LoseRead);
            }
        } else if replica.is_up() && !replica.hits() {
            actions.push(ReplicaAction::ReadSession);
        }
    }

    fn add_lives(&self, index: usize, actions: &mut Vec<ReplicaAction>) {
        let replica = &self.state.replicas[index];
        let faults = self.configuration.faults;
        match replica.life {
            Life::Unregistered if self.may_write_beat(replica) => {
                actions.push(ReplicaAction::Register);
            }
            Life::Down => actions.push(ReplicaAction::Restart),
            Life::Stopping if self.state.database.rows[index].is_some() => {
                actions.push(ReplicaAction::DeleteOwnRow);
            }
            _ => {}
        }
        if replica.is_up() && self.state.crashes < faults.crashes {
            actions.push(ReplicaAction::Crash);
        }
        if replica.life == Life::Registered && self.state.stops < faults.stops {
            actions.push(ReplicaAction::Stop);
        }
    }

    fn add_beats(&self, index: usize, actions: &mut Vec<ReplicaAction>) {
        let replica = &self.state.replicas[index];
        let role = self.configuration.replicas[index];
        match replica.beats.in_flight {
            // Only leases need beats.
            None if role.caches && self.may_write_beat(replica) => {
                actions.push(ReplicaAction::BeginBeat);
            }
            None => {}
            Some(beat) if beat.is_written => actions.push(ReplicaAction::FinishBeat),
            Some(_) => actions.push(ReplicaAction::ExecuteBeat),
        }
        if replica.beats.removal.is_some() {
            actions.push(ReplicaAction::ExecuteRemoval);
        } else if role.removes {
            let removal_delay = self.configuration.times.removal_delay;
            let seen = replica.beats.seen.iter().enumerate();
            let dead = seen.filter(|(_, seen)| seen.is_some_and(|seen| seen.age >= removal_delay));
            actions.extend(dead.map(|(other, _)| ReplicaAction::BeginRemoval(other)));
        }
    }

    /// Beats are limited, so that there are finitely many states. A registration is one, too.
    fn may_write_beat(&self, replica: &Replica) -> bool {
        match self.configuration.faults.removals {
            Removals::None => true,
            Removals::WithBeats(most) => replica.beats.written < most,
        }
    }

    fn of_writer(&self, index: usize) -> Vec<WriterAction> {
        let mut actions = Vec::new();
        match self.state.writers[index].step {
            Step::Idle if self.may_begin(index) => actions.push(WriterAction::Begin),
            Step::Begun { .. } => actions.push(WriterAction::Commit),
            Step::Committed { .. } => actions.push(WriterAction::InvalidateOwnEntries),
            Step::Invalidated { .. } => {
                actions.push(WriterAction::FindOthers);
                if self.loses_messages() {
                    actions.push(WriterAction::FailToLook);
                }
            }
            Step::Informed { others } if others > 0 => actions.push(WriterAction::TakePosition),
            _ => {}
        }
        if self.state.answer(self.configuration, index).is_some() {
            actions.push(WriterAction::Answer);
        }
        actions
    }

    fn may_begin(&self, index: usize) -> bool {
        let writer = self.configuration.writers[index];
        let is_up = writer.replica.is_none_or(|replica| self.state.replicas[replica].is_up());
        let has_something_to_repeat =
            writer.change != Change::Repeated || self.state.database.version() > 0;
        is_up && has_something_to_repeat
    }
}
