//! The names of assurance levels and states, in requests and responses.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::identity::State;
use crate::session::AssuranceLevel;

/// The strength of an authentication, in ascending order.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AuthenticatorAssuranceLevel)]
pub(in crate::http) enum WireLevel {
    Aal0,
    Aal1,
    Aal2,
    Aal3,
}

impl From<AssuranceLevel> for WireLevel {
    fn from(level: AssuranceLevel) -> Self {
        match level {
            AssuranceLevel::Aal0 => Self::Aal0,
            AssuranceLevel::Aal1 => Self::Aal1,
            AssuranceLevel::Aal2 => Self::Aal2,
            AssuranceLevel::Aal3 => Self::Aal3,
        }
    }
}

impl From<WireLevel> for AssuranceLevel {
    fn from(level: WireLevel) -> Self {
        match level {
            WireLevel::Aal0 => Self::Aal0,
            WireLevel::Aal1 => Self::Aal1,
            WireLevel::Aal2 => Self::Aal2,
            WireLevel::Aal3 => Self::Aal3,
        }
    }
}

/// The status of an address, as Kratos stores it. For the description only: other texts are passed
/// through.
#[derive(ToSchema)]
#[schema(as = AddressStatus, rename_all = "lowercase")]
#[expect(dead_code, reason = "for the description only")]
pub(super) enum WireAddressStatus {
    Pending,
    Sent,
    Completed,
}

/// The kind of a device. For the description only: [`crate::user_agent::Kind`] writes the names.
#[derive(ToSchema)]
#[schema(as = DeviceKind, rename_all = "lowercase")]
#[expect(dead_code, reason = "for the description only")]
pub(super) enum WireDeviceKind {
    Computer,
    Phone,
    Tablet,
    Television,
    Console,
    Tool,
    Unknown,
}

/// The state of an identity: only an active one may use its sessions.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = IdentityState)]
pub(in crate::http) enum WireState {
    Active,
    Inactive,
}

impl From<State> for WireState {
    fn from(state: State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Inactive => Self::Inactive,
        }
    }
}

impl From<WireState> for State {
    fn from(state: WireState) -> Self {
        match state {
            WireState::Active => Self::Active,
            WireState::Inactive => Self::Inactive,
        }
    }
}
