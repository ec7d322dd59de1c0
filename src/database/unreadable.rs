//! Warnings about rows that cannot be read: one for each session or identity while the
//! process runs.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::config::Config;
use crate::pseudonym::{Pseudonyms, Shown};
use crate::stored_session::Problem;

/// So many are named at most. The others can be seen on the admin side.
const MAX_WARNINGS: usize = 10_000;

/// Warns of rows that cannot be read.
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
            tracing::warn!(%session, %problem, "session cannot be read: left out, admits nobody");
        });
    }

    pub(super) fn device(&self, session: Uuid, problem: Problem) {
        self.once(session, |session| {
            tracing::warn!(%session, %problem, "device of a session cannot be read: left out");
        });
    }

    pub(super) fn address(&self, identity: Uuid, problem: Problem) {
        self.once(identity, |identity| {
            tracing::warn!(%identity, %problem, "address of an identity cannot be read: left out");
        });
    }

    /// A row whose id cannot be read either.
    pub(super) fn nameless(&self, problem: Problem) {
        self.once(Uuid::nil(), |_| {
            tracing::warn!(%problem, "sessions cannot be read: left out, admit nobody");
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
            tracing::warn!(named = MAX_WARNINGS, "further rows that cannot be read are not named");
        }
    }
}
