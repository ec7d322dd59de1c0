//! Warnings about unreadable rows: one per session or identity in the lifetime of the process.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::config::Config;
use crate::pseudonym::{Pseudonyms, Shown};
use crate::stored_session::Problem;

/// Maximum number of warnings. The admin API shows further unreadable sessions.
const MAX_WARNINGS: usize = 10_000;

/// Logs warnings about unreadable rows.
pub(super) struct UnreadableRows {
    pseudonyms: Pseudonyms,
    named: Mutex<HashSet<Uuid>>,
}

impl UnreadableRows {
    pub(super) fn new(config: &Config) -> Self {
        Self { pseudonyms: Pseudonyms::new(&config.audit), named: Mutex::default() }
    }

    pub(super) fn session(&self, session: Uuid, problem: Problem) {
        self.once(session, |session| {
            tracing::warn!(%session, %problem, "unreadable session: omitted and refused");
        });
    }

    pub(super) fn device(&self, session: Uuid, problem: Problem) {
        self.once(session, |session| {
            tracing::warn!(%session, %problem, "unreadable device of a session: omitted");
        });
    }

    pub(super) fn address(&self, identity: Uuid, problem: Problem) {
        self.once(identity, |identity| {
            tracing::warn!(%identity, %problem, "unreadable address of an identity: omitted");
        });
    }

    /// A row whose id cannot be read either.
    pub(super) fn nameless(&self, problem: Problem) {
        self.once(Uuid::nil(), |_| {
            tracing::warn!(%problem, "sessions with unreadable ids: omitted and refused");
        });
    }

    fn once(&self, id: Uuid, warn: impl FnOnce(&Shown<Uuid>)) {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if named.len() >= MAX_WARNINGS || !named.insert(id) {
            return;
        }
        let is_full = named.len() >= MAX_WARNINGS;
        drop(named);
        warn(&self.pseudonyms.show(id));
        if is_full {
            tracing::warn!(named = MAX_WARNINGS, "further unreadable rows are not logged");
        }
    }
}
