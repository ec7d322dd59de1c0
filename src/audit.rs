//! What happened to people's sessions, for whoever has to know later: one line for
//! each session that was issued, extended, ended or deleted, once the database has it.

use std::net::IpAddr;
use std::sync::Arc;

use tracing::field::display;
use uuid::Uuid;

use crate::config;
use crate::metrics::Metrics;
use crate::pseudonym::Pseudonyms;
use crate::repository::SessionRef;

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
pub struct AuditContext {
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
    pseudonyms: Pseudonyms,
    metrics: Option<Arc<Metrics>>,
}

impl Audit {
    #[must_use]
    pub fn new(settings: &config::Audit, metrics: Option<Arc<Metrics>>) -> Self {
        Self { enabled: settings.enabled, pseudonyms: Pseudonyms::new(settings), metrics }
    }

    /// Each of the sessions.
    pub fn sessions(&self, event: Event, act: AuditContext, sessions: &[SessionRef]) {
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

    fn write(&self, event: Event, act: AuditContext, one: &SessionRef) {
        let by = match act.by {
            Actor::Session(session) => Some(session),
            Actor::Operator | Actor::CommandLine => None,
        };
        let shown = |id| display(self.pseudonyms.show(id));
        tracing::info!(
            target: TARGET,
            event = event.as_str(),
            session = shown(one.session),
            identity = shown(one.identity),
            actor = match act.by {
                Actor::Session(_) => "person",
                Actor::Operator => "operator",
                Actor::CommandLine => "command line",
            },
            by_session = by.map(shown),
            reason = act.reason,
            address = act.from.map(|from| display(self.pseudonyms.show(from))),
            "session {}",
            event.as_str(),
        );
    }
}
