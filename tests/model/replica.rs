//! The steps of a replica: registration, reads, and the end of its process.

use crate::actions::ReplicaAction;
use crate::configuration::{Configuration, Reads};
use crate::database::Row;
use crate::rules::Rule;
use crate::state::{Life, Read, Replica, State, Step};

impl State {
    pub fn step_replica(
        &mut self,
        configuration: &Configuration,
        index: usize,
        action: ReplicaAction,
    ) {
        match action {
            ReplicaAction::Register => self.register(configuration, index),
            ReplicaAction::BeginPoll => {
                self.replicas[index].begin_poll();
                if configuration.only_observes(index) {
                    self.execute_poll(configuration, index);
                    self.step_replica(configuration, index, ReplicaAction::HandlePoll);
                }
            }
            ReplicaAction::ExecutePoll => self.execute_poll(configuration, index),
            ReplicaAction::HandlePoll => {
                let role = configuration.replicas[index];
                let replica = &mut self.replicas[index];
                replica.handle_poll(configuration, role);
                if !configuration.writes(index) {
                    replica.knowledge = None;
                    replica.epoch_wait = 0;
                }
            }
            ReplicaAction::LosePoll => self.replicas[index].poll = None,
            ReplicaAction::WriteAcknowledgement => self.write_acknowledgement(configuration, index),
            ReplicaAction::LoseAcknowledgement => self.replicas[index].acknowledgement = None,
            ReplicaAction::ReadSession => {
                let version = self.database.version();
                self.replicas[index].read = Some(Read { version, is_outdated: false });
                if configuration.reads == Reads::AtOnce {
                    self.replicas[index].insert_entry(configuration);
                }
            }
            ReplicaAction::InsertEntry => self.replicas[index].insert_entry(configuration),
            ReplicaAction::LoseRead => self.replicas[index].read = None,
            ReplicaAction::Crash => self.crash(configuration, index),
            ReplicaAction::Restart => self.replicas[index].life = Life::Unregistered,
            ReplicaAction::Stop => self.stop(index),
            ReplicaAction::DeleteOwnRow => self.database.rows[index] = None,
            ReplicaAction::BeginBeat
            | ReplicaAction::ExecuteBeat
            | ReplicaAction::FinishBeat
            | ReplicaAction::BeginRemoval(_)
            | ReplicaAction::ExecuteRemoval => self.step_beat(configuration, index, action),
        }
    }

    fn register(&mut self, configuration: &Configuration, index: usize) {
        let beat = self.next_beat(configuration, index);
        self.database.rows[index] = Some(Row { beat, acknowledged: 0 });
        let replica = &mut self.replicas[index];
        replica.life = Life::Registered;
        replica.start_probation(configuration);
    }

    fn crash(&mut self, configuration: &Configuration, index: usize) {
        self.crashes += 1;
        let written = self.replicas[index].beats.written;
        self.replicas[index] = Replica { life: Life::Down, ..Replica::default() };
        self.replicas[index].beats.written = written;
        for (writer, write) in configuration.writers.iter().zip(&mut self.writers) {
            let has_begun = write.step != Step::Idle;
            if writer.replica == Some(index) && has_begun && !write.is_answered() {
                write.step = Step::Done;
                write.since_commit = 0;
            }
        }
    }

    fn stop(&mut self, index: usize) {
        self.stops += 1;
        let replica = &mut self.replicas[index];
        replica.life = Life::Stopping;
        replica.entry = None;
        replica.read = None;
        replica.poll = None;
        replica.lease_left = 0;
        replica.lease_epoch = 0;
    }
}

impl Replica {
    /// Invalidates the entry, and the read whose snapshot may lack the change.
    pub fn invalidate(&mut self) {
        self.entry = None;
        if let Some(read) = &mut self.read {
            read.is_outdated = true;
        }
    }

    fn insert_entry(&mut self, configuration: &Configuration) {
        let Some(read) = self.read.take() else { return };
        if !read.is_outdated || !configuration.follows(Rule::EntryCountsFromRead) {
            self.entry = Some(read.version);
        }
    }
}
