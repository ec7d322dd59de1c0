//! Actors: who changes sessions.

use std::net::IpAddr;

use uuid::Uuid;

/// The author of a change, as audit records name it. An address is `None` if it is not known.
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

impl Actor {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Person { .. } => "person",
            Self::Operator { .. } => "operator",
            Self::CommandLine => "command line",
            Self::System => "system",
        }
    }

    pub(super) fn session(self) -> Option<Uuid> {
        match self {
            Self::Person { session, .. } => Some(session),
            Self::Operator { .. } | Self::CommandLine | Self::System => None,
        }
    }

    pub(super) fn address(self) -> Option<IpAddr> {
        match self {
            Self::Person { address, .. } | Self::Operator { address } => address,
            Self::CommandLine | Self::System => None,
        }
    }
}
