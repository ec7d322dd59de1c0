//! What happened to people's sessions, for whoever has to know later: one line for
//! each session that was issued, extended, ended or deleted, once the database has it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use uuid::Uuid;

use crate::config;
use crate::metrics::Metrics;
use crate::repository::Affected;

/// The target of these lines, whatever else is logged.
pub const TARGET: &str = "audit";

/// What happened to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Issued,
    Extended,
    Ended,
    Deleted,
}

impl Event {
    fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Extended => "extended",
            Self::Ended => "ended",
            Self::Deleted => "deleted",
        }
    }
}

/// Who did it, why, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Act {
    pub by: Actor,
    pub reason: &'static str,
    pub from: Option<IpAddr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The person, by this session.
    Session(Uuid),
    /// The admin side's caller.
    Operator,
    /// The command line's.
    CommandLine,
}

/// Writes the lines, and counts them.
#[derive(Debug, Clone)]
pub struct Audit {
    enabled: bool,
    salt: Option<SecretString>,
    metrics: Option<Arc<Metrics>>,
}

impl Audit {
    #[must_use]
    pub fn new(settings: &config::Audit, metrics: Option<Arc<Metrics>>) -> Self {
        Self { enabled: settings.enabled, salt: settings.salt.clone(), metrics }
    }

    /// Each of the sessions.
    pub fn sessions(&self, event: Event, act: Act, sessions: &[Affected]) {
        if let Some(metrics) = &self.metrics {
            metrics.sessions(event.as_str(), sessions.len() as u64);
        }
        if !self.enabled {
            return;
        }
        for one in sessions {
            self.write(event, act, one);
        }
    }

    fn write(&self, event: Event, act: Act, one: &Affected) {
        let by = match act.by {
            Actor::Session(session) => Some(self.shown(session)),
            Actor::Operator | Actor::CommandLine => None,
        };
        tracing::info!(
            target: TARGET,
            event = event.as_str(),
            session = %self.shown(one.session),
            identity = %self.shown(one.identity),
            actor = match act.by {
                Actor::Session(_) => "person",
                Actor::Operator => "operator",
                Actor::CommandLine => "command line",
            },
            by_session = by.as_ref().map(tracing::field::display),
            reason = act.reason,
            address = act.from.map(|from| tracing::field::display(self.shown(from))),
            "session {}",
            event.as_str(),
        );
    }

    /// As it is, or what only the same value gives under the same salt.
    fn shown(&self, value: impl fmt::Display) -> String {
        let value = value.to_string();
        let Some(salt) = &self.salt else { return value };
        // HMAC takes keys of any length.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(salt.expose_secret().as_bytes()) else {
            return String::new();
        };
        let mac = mac.chain_update(value.as_bytes()).finalize().into_bytes();
        // Half of it is as hard to find again, and easier on the eye.
        let half = mac.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
        format!("{half:032x}")
    }
}
