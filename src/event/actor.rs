//! Actors: who changes sessions.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use uuid::Uuid;

use crate::event::kind::{UnknownName, named};

/// The author of a change. An address is `None` if it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person, authenticated by this session.
    Person { session: Uuid, address: Option<IpAddr> },
    /// A client of the admin API: an operator or a login system.
    Operator { address: Option<IpAddr> },
    /// A command on the command line.
    CommandLine,
    /// The service itself, in its background work.
    System,
}

named! {
    /// The author of a change, as events name it.
    ActorKind {
        User = "user",
        Operator = "operator",
        System = "system",
    }
}

impl Actor {
    /// The name in audit records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person { .. } => "person",
            Self::Operator { .. } => "operator",
            Self::CommandLine => "command line",
            Self::System => "system",
        }
    }

    #[must_use]
    pub fn kind(self) -> ActorKind {
        match self {
            Self::Person { .. } => ActorKind::User,
            Self::Operator { .. } | Self::CommandLine => ActorKind::Operator,
            Self::System => ActorKind::System,
        }
    }

    #[must_use]
    pub fn session(self) -> Option<Uuid> {
        match self {
            Self::Person { session, .. } => Some(session),
            Self::Operator { .. } | Self::CommandLine | Self::System => None,
        }
    }

    #[must_use]
    pub fn address(self) -> Option<IpAddr> {
        match self {
            Self::Person { address, .. } | Self::Operator { address } => address,
            Self::CommandLine | Self::System => None,
        }
    }
}
