//! The audit trail: what happened to people's sessions, for later review.
//!
//! Each session that is issued, extended, ended or deleted has one record, a log line that is
//! written once the database has confirmed the change.

use std::net::IpAddr;
use std::sync::Arc;

use tracing::field::display;
use uuid::Uuid;

use crate::config;
use crate::metrics::Metrics;
use crate::pseudonym::Pseudonyms;
use crate::repository::SessionRef;

/// The log target of audit records, which are written whatever else is logged.
pub const TARGET: &str = "audit";

/// The kind of change to a session.
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

/// The actor, the reason and the client's address of a change.
#[derive(Debug, Clone, Copy)]
pub struct AuditContext {
    pub by: Actor,
    pub reason: &'static str,
    pub from: Option<IpAddr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The person, authenticated by this session.
    Session(Uuid),
    /// A client of the admin API.
    Operator,
    /// A command on the command line.
    CommandLine,
}

/// Writes audit records, and counts the events.
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

    /// Records an event of each of these sessions.
    pub fn sessions(&self, event: Event, context: AuditContext, sessions: &[SessionRef]) {
        if let Some(metrics) = &self.metrics {
            metrics.sessions(event.as_str(), sessions.len() as u64);
        }
        if !self.enabled {
            return;
        }
        for session in sessions {
            self.write(event, context, session);
        }
    }

    fn write(&self, event: Event, context: AuditContext, affected: &SessionRef) {
        let by = match context.by {
            Actor::Session(session) => Some(session),
            Actor::Operator | Actor::CommandLine => None,
        };
        let shown = |id| display(self.pseudonyms.show(id));
        tracing::info!(
            target: TARGET,
            event = event.as_str(),
            session = shown(affected.session),
            identity = shown(affected.identity),
            actor = match context.by {
                Actor::Session(_) => "person",
                Actor::Operator => "operator",
                Actor::CommandLine => "command line",
            },
            by_session = by.map(shown),
            reason = context.reason,
            address = context.from.map(|from| display(self.pseudonyms.show(from))),
            "session {}",
            event.as_str(),
        );
    }
}
