//! The model for the checker: initial state, steps and properties.

use stateright::{Model, Property};

use crate::actions::Action;
use crate::configuration::{Configuration, Reached};
use crate::database::newest;
use crate::enabled::enabled;
use crate::state::{Answer, Replica, State, Step};

pub const FRESH: &str = "no replica answers with a state older than the newest answered change";
pub const SAME_HISTORY: &str = "no replica answers with a state that a failover lost";
pub const LISTED: &str = "no replica has a lease without a row for others to see";

impl Model for Configuration {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::new(self)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        enabled(self, state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Tick(advance) => state.tick(self, advance),
            Action::Sequence => state.database.sequence(),
            Action::StandbyFallsBehind => state.standby = Some(Box::new(state.database.clone())),
            Action::FailOver => state.fail_over(),
            Action::Replica(replica, action) => state.step_replica(self, replica, action),
            Action::Writer(writer, action) => state.step_writer(self, writer, action),
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always(FRESH, |_, state: &State| state.is_fresh()),
            Property::always(SAME_HISTORY, |_, state: &State| state.is_of_one_history()),
            Property::always(LISTED, |_, state: &State| state.lists_leases()),
        ];
        properties.extend(self.reaches.iter().map(|reached| reached.property()));
        properties
    }
}

impl State {
    fn fail_over(&mut self) {
        if let Some(mut standby) = self.standby.take() {
            standby.roll_back();
            standby.epoch = self.database.epoch + 1;
            self.database = *standby;
            self.retry_uncommitted();
            self.has_failed_over = true;
        }
    }

    /// Answers that a failover lost bind nobody.
    fn is_fresh(&self) -> bool {
        let answered = newest(self.answered & self.database.history);
        let mut replicas = self.replicas.iter();
        replicas.all(|replica| !replica.hits() || replica.entry >= Some(answered))
    }

    fn is_of_one_history(&self) -> bool {
        self.replicas.iter().all(|replica| {
            let is_current = replica.hits() && replica.lease_epoch == self.database.epoch;
            let version = replica.entry.unwrap_or(0);
            !is_current || self.database.history & (1 << version) != 0
        })
    }

    /// Writers of the current epoch find every replica that has a lease of it.
    fn lists_leases(&self) -> bool {
        self.replicas.iter().zip(&self.database.rows).all(|(replica, row)| {
            let is_current = replica.lease_left > 0 && replica.lease_epoch == self.database.epoch;
            !is_current || row.is_some()
        })
    }

    fn has_answered(&self, answer: Answer) -> bool {
        self.writers.iter().any(|write| write.step == Step::Answered(answer))
    }
}

impl Reached {
    fn property(self) -> Property<Configuration> {
        match self {
            Self::Hit => {
                Property::sometimes("a replica answers from memory", |_, state: &State| {
                    state.replicas.iter().any(Replica::hits)
                })
            }
            Self::AnswerByAcknowledgement => Property::sometimes(
                "a change is answered by acknowledgement",
                |_, state: &State| state.has_answered(Answer::Acknowledged),
            ),
            Self::AnswerByLeaseEnd => Property::sometimes(
                "a change is answered by the end of a lease",
                |_, state: &State| state.has_answered(Answer::LeaseEnded),
            ),
            Self::AnswerWithoutOthers => {
                Property::sometimes("a change is answered without others", |_, state: &State| {
                    state.has_answered(Answer::WithoutOthers)
                })
            }
        }
    }
}
