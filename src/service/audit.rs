//! The audit trail: what happened to people's sessions, for later review.
//!
//! Each session that is issued, extended, ended or deleted has one record, a log line that is
//! written once the database has confirmed the change.

use tracing::field::display;

use crate::config;
use crate::logging::AUDIT_TARGET;
use crate::pseudonym::Pseudonyms;
use crate::repository::SessionRef;
use crate::service::actor::Actor;

/// The kind of change to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Issued,
    Extended,
    /// Revoked by somebody.
    Ended,
    Deleted,
    /// Ended by itself, at its expiry.
    Expired,
    /// Deleted by the service, long after its end.
    Pruned,
}

impl Change {
    /// The name in audit records and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Extended => "extended",
            Self::Ended => "ended",
            Self::Deleted => "deleted",
            Self::Expired => "expired",
            Self::Pruned => "pruned",
        }
    }

    /// The audit trail has what somebody did, and not what happens to every session.
    fn is_audited(self) -> bool {
        !matches!(self, Self::Expired | Self::Pruned)
    }
}

/// Writes audit records.
#[derive(Debug, Clone)]
pub(super) struct Audit {
    enabled: bool,
    pseudonyms: Pseudonyms,
}

impl Audit {
    pub(super) fn new(settings: &config::Audit) -> Self {
        Self { enabled: settings.enabled, pseudonyms: Pseudonyms::new(settings) }
    }

    /// Records a change of each of these sessions.
    pub(super) fn record(
        &self,
        actor: Actor,
        change: Change,
        reason: &'static str,
        sessions: &[SessionRef],
    ) {
        if !self.enabled || !change.is_audited() {
            return;
        }
        for session in sessions {
            self.write(actor, change, reason, session);
        }
    }

    fn write(&self, actor: Actor, change: Change, reason: &'static str, affected: &SessionRef) {
        let shown = |id| display(self.pseudonyms.show(id));
        tracing::info!(
            target: AUDIT_TARGET,
            event = change.as_str(),
            session = shown(affected.session),
            identity = shown(affected.identity),
            actor = actor.as_str(),
            by_session = actor.session().map(shown),
            reason,
            address = actor.address().map(|address| display(self.pseudonyms.show(address))),
            "session {}",
            change.as_str(),
        );
    }
}
