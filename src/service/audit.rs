//! The audit trail: what happened to people's sessions, for later review.
//!
//! Each session that is issued, extended, ended or deleted has one record, a log line that is
//! written once the database has confirmed the change.

use tracing::field::display;

use crate::config;
use crate::event::Change;
use crate::logging::AUDIT_TARGET;
use crate::pseudonym::Pseudonyms;
use crate::repository::SessionRef;

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
    pub(super) fn record(&self, change: &Change, sessions: &[SessionRef]) {
        if !self.enabled || !change.kind.is_audited() {
            return;
        }
        for session in sessions {
            self.write(change, session);
        }
    }

    fn write(&self, change: &Change, affected: &SessionRef) {
        let shown = |id| display(self.pseudonyms.show(id));
        let Change { kind, reason, actor, .. } = change;
        tracing::info!(
            target: AUDIT_TARGET,
            event = kind.as_str(),
            session = shown(affected.session),
            identity = shown(affected.identity),
            actor = actor.as_str(),
            by_session = actor.session().map(shown),
            reason,
            address = actor.address().map(|address| display(self.pseudonyms.show(address))),
            "session {}",
            kind.as_str(),
        );
    }
}
