//! Settings that follow from several ones, such as defaults that depend on whose tables these are.

use std::time::Duration;

use crate::config::{Config, RequiredLevel, Schema, TokenStorage};

impl Config {
    /// The form in which tokens are stored. The default depends on the owner of the tables.
    #[must_use]
    pub fn token_storage(&self) -> TokenStorage {
        match (self.session.token_storage, self.database.schema) {
            (Some(storage), _) => storage,
            (None, Schema::Own) => TokenStorage::Sha256,
            (None, Schema::Kratos) => TokenStorage::Plain,
        }
    }

    /// Returns true if an identity's credentials decide, in addition to its row, which
    /// assurance level is available. Kratos stores them, and trusts them more than the row.
    #[must_use]
    pub fn reads_credentials(&self) -> bool {
        self.database.schema == Schema::Kratos
            && self.session.required_aal == RequiredLevel::HighestAvailable
            && !self.session.second_factors.is_empty()
    }

    /// The interval at which old sessions are pruned in the background. `None`: never.
    #[must_use]
    pub fn prune_interval(&self) -> Option<Duration> {
        const HOURLY: Duration = Duration::from_hours(1);
        match (self.session.prune_interval, self.database.schema) {
            (None, Schema::Own) => Some(HOURLY),
            (interval, _) => interval,
        }
    }

    /// Returns true if the page of sessions is served. By default it is not beside a Kratos,
    /// where another program may have such a page, nor without cookies, which it needs.
    #[must_use]
    pub fn has_page(&self) -> bool {
        let by_default = self.database.schema == Schema::Own && self.session.cookies;
        self.ui.enabled.unwrap_or(by_default)
    }

    /// Returns true if changes are written to the log of events. By default they are not in Kratos's
    /// database, where the tables are created only on request.
    #[must_use]
    pub fn has_events(&self) -> bool {
        self.events.enabled.unwrap_or(self.database.schema == Schema::Own)
    }

    /// Returns true if `whoami` is answered from memory. By default it is not beside a Kratos, which
    /// does not tell of its changes, nor by a service that cannot register as a replica.
    #[must_use]
    pub fn has_cache(&self) -> bool {
        let by_default = match self.database.schema {
            Schema::Own => !self.database.read_only,
            Schema::Kratos => self.cache.max_staleness.is_some(),
        };
        self.cache.enabled.unwrap_or(by_default)
    }

    /// The age at which an answer from memory is read again in any case: changes by other programs
    /// have no events.
    #[must_use]
    pub fn max_staleness(&self) -> Duration {
        const WITHOUT_OTHER_PROGRAMS: Duration = Duration::from_mins(1);
        self.cache.max_staleness.unwrap_or(WITHOUT_OTHER_PROGRAMS)
    }

    /// The time after its last use at which a session expires: the idle timeout, and an interval in
    /// which the use may not be written yet. `None` if sessions need not be used.
    #[must_use]
    pub fn idle_time(&self) -> Option<Duration> {
        self.session.idle_timeout.map(|timeout| timeout + self.activity.interval)
    }

    /// The precision of recorded activity, in whole seconds, and the time until it is written. With
    /// an idle timeout, both are together one interval.
    #[must_use]
    pub fn activity_intervals(&self) -> (Duration, Duration) {
        let interval = self.activity.interval;
        if self.session.idle_timeout.is_none() {
            return (interval, interval);
        }
        let precision = Duration::from_secs(interval.as_secs() / 2);
        (precision, interval.saturating_sub(precision))
    }

    /// Returns true if the last use of sessions is recorded. By default it is not in
    /// Kratos's database, where the table is created only on request.
    #[must_use]
    pub fn notes_activity(&self) -> bool {
        self.activity.enabled.unwrap_or(self.database.schema == Schema::Own)
    }
}
