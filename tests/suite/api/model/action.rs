//! The actions of people, login systems and operators.

use proptest::prelude::*;

use crate::api::model::world::PEOPLE;

/// Sessions are chosen by a number, modulo the number of sessions so far.
#[derive(Debug, Clone)]
pub enum Action {
    Issue { person: usize, hours: i64 },
    List { session: usize },
    Whoami { session: usize },
    Name { session: usize, other: usize },
    SignOut { session: usize },
    Revoke { session: usize, other: usize },
    RevokeOthers { session: usize },
    StepUp { session: usize },
    RotateToken { session: usize },
    Bind { session: usize },
    Prove { session: usize },
    Note { session: usize },
    Disable { session: usize },
    DisableAllBut { person: usize, kept: usize },
    Extend { session: usize },
    SetState { person: usize, active: bool },
    DeletePerson { person: usize },
    Wait { hours: i64 },
    MarkExpired,
    Prune,
}

impl Action {
    pub fn needs_sessions(&self) -> bool {
        !matches!(
            self,
            Self::Issue { .. }
                | Self::SetState { .. }
                | Self::DeletePerson { .. }
                | Self::Wait { .. }
                | Self::MarkExpired
                | Self::Prune
        )
    }
}

pub fn actions() -> impl Strategy<Value = Vec<Action>> {
    let session = || 0..12_usize;
    let person = || 0..PEOPLE;
    let action = prop_oneof![
        7 => (person(), 1..30_i64).prop_map(|(person, hours)| Action::Issue { person, hours }),
        4 => session().prop_map(|session| Action::List { session }),
        3 => session().prop_map(|session| Action::Whoami { session }),
        1 => (session(), session()).prop_map(|(session, other)| Action::Name { session, other }),
        1 => session().prop_map(|session| Action::SignOut { session }),
        3 => (session(), session()).prop_map(|(session, other)| Action::Revoke { session, other }),
        1 => session().prop_map(|session| Action::RevokeOthers { session }),
        1 => session().prop_map(|session| Action::StepUp { session }),
        2 => session().prop_map(|session| Action::RotateToken { session }),
        2 => session().prop_map(|session| Action::Bind { session }),
        2 => session().prop_map(|session| Action::Prove { session }),
        1 => session().prop_map(|session| Action::Note { session }),
        1 => session().prop_map(|session| Action::Disable { session }),
        1 => (person(), session())
            .prop_map(|(person, kept)| Action::DisableAllBut { person, kept }),
        2 => session().prop_map(|session| Action::Extend { session }),
        1 => (person(), any::<bool>())
            .prop_map(|(person, active)| Action::SetState { person, active }),
        1 => person().prop_map(|person| Action::DeletePerson { person }),
        2 => (1..12_i64).prop_map(|hours| Action::Wait { hours }),
        1 => Just(Action::MarkExpired),
        1 => Just(Action::Prune),
    ];
    proptest::collection::vec(action, 5..60)
}
