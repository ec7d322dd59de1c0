//! The rules that involve more than one setting.

use std::time::Duration;

use crate::config::binding_rules;
use crate::config::cookie_rules;
use crate::config::layers::Layers;
use crate::config::webhooks;
use crate::config::{Config, ConfigError, Database, Listen, Schema, TokenStorage};
use crate::session_limit::LimitPolicy;

/// Half of it is a whole number of seconds.
const MIN_INTERVAL_WITH_IDLE_TIMEOUT: Duration = Duration::from_secs(2);

impl Config {
    /// Checks the rules of serving. Commands that only use the database need no cookies.
    pub fn check_serving(&self) -> Result<(), ConfigError> {
        let opens_no_cookie = self.session.cookies && self.session.cookie_secrets.is_empty();
        if self.database.schema == Schema::Kratos && opens_no_cookie {
            return Err(ConfigError(
                "session.cookie_secrets: expected the secrets of Kratos's secrets.cookie, because \
                 database.schema is \"kratos\"; to accept tokens only, set session.cookies = false"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Checks the rules of all commands.
    pub(super) fn check(&self, layers: &Layers) -> Result<(), ConfigError> {
        if self.database.schema == Schema::Kratos && self.token_storage() == TokenStorage::Sha256 {
            return Err(ConfigError(
                "session.token_storage: expected \"plain\", because database.schema is \
                 \"kratos\" and Kratos stores tokens unhashed"
                    .to_owned(),
            ));
        }
        if self.session.cookies {
            cookie_rules::check(&self.session, &self.server.base_url)?;
        } else {
            self.check_without_cookies()?;
        }
        if !self.admin.listen.is_local() && self.admin.tokens.is_empty() {
            return Err(ConfigError(
                "admin.tokens: expected a token, because admin.listen is not a loopback address"
                    .to_owned(),
            ));
        }
        if self.listens_twice() {
            return Err(ConfigError(
                "admin.listen: expected another address than that of server.listen".to_owned(),
            ));
        }
        if self.traces.endpoint.is_some() && cfg!(not(feature = "otlp")) {
            return Err(ConfigError(
                "traces.endpoint: expected none, because this program was built without \
                 `--features otlp`"
                    .to_owned(),
            ));
        }
        self.limits.check()?;
        for (name, webhook) in &self.webhooks {
            webhooks::check(webhook, self.events.jwks_url.is_some()).map_err(
                |(key, problem)| ConfigError(format!("webhooks.{name}.{key}: {problem}")),
            )?;
        }
        if !self.webhooks.is_empty() && !self.has_events() {
            return Err(ConfigError(
                "webhooks: expected none, because events.enabled is false".to_owned(),
            ));
        }
        if self.database.schema == Schema::Own && !self.has_events() {
            return Err(ConfigError(
                "events.enabled: expected true, because database.schema is \"own\", and its changes \
                 always have events"
                    .to_owned(),
            ));
        }
        self.check_cache()?;
        self.check_idle_timeout()?;
        self.check_limit()?;
        self.check_method_names()?;
        self.check_binding()?;
        // The default is a file of our own, in which a Kratos would have no sessions.
        if self.database.schema == Schema::Kratos && !layers.set_explicitly("database.url") {
            return Err(ConfigError(
                "database.url: expected Kratos's DSN, because database.schema is \"kratos\""
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// The end of idle sessions depends on recorded activity.
    fn check_idle_timeout(&self) -> Result<(), ConfigError> {
        if self.session.idle_timeout.is_none() {
            return Ok(());
        }
        let problem = if self.database.schema == Schema::Kratos {
            "session.idle_timeout: expected none, because database.schema is \"kratos\", and Kratos \
             decides when its sessions end"
        } else if !self.notes_activity() {
            "session.idle_timeout: expected none, because activity.enabled is false, and nothing \
             tells whether a session is used"
        } else if self.database.read_only {
            "session.idle_timeout: expected none, because database.read_only is true"
        } else if self.activity.interval < MIN_INTERVAL_WITH_IDLE_TIMEOUT {
            "activity.interval: expected at least 2s, because session.idle_timeout is set"
        } else {
            return Ok(());
        };
        Err(ConfigError(problem.to_owned()))
    }

    fn check_method_names(&self) -> Result<(), ConfigError> {
        if self.database.schema == Schema::Own || self.session.authentication_methods.is_empty() {
            return Ok(());
        }
        Err(ConfigError(
            "session.authentication_methods: expected none, because database.schema is \"kratos\", \
             and Kratos issues its sessions"
                .to_owned(),
        ))
    }

    fn check_limit(&self) -> Result<(), ConfigError> {
        let Some(limit) = self.session.limit() else {
            return Ok(());
        };
        let problem = if self.database.schema == Schema::Kratos {
            "session.max_per_identity: expected none, because database.schema is \"kratos\", and \
             Kratos issues its sessions"
        } else if limit.policy == LimitPolicy::EvictLeastRecent && !self.notes_activity() {
            "session.limit_policy: expected \"evict_oldest\" or \"refuse\", because \
             activity.enabled is false, and nothing tells when a session was used"
        } else {
            return Ok(());
        };
        Err(ConfigError(problem.to_owned()))
    }

    fn check_binding(&self) -> Result<(), ConfigError> {
        let Database { schema, read_only, .. } = self.database;
        binding_rules::problem(&self.session, &self.server.base_url, schema, read_only)
            .map_or(Ok(()), |problem| Err(ConfigError(problem.to_owned())))
    }

    fn check_cache(&self) -> Result<(), ConfigError> {
        if !self.has_cache() {
            return Ok(());
        }
        let problem = if self.database.read_only {
            "cache.enabled: expected false, because database.read_only is true, and a replica that \
             answers from memory registers in the database"
        } else if self.database.schema == Schema::Own {
            return Ok(());
        } else if self.cache.max_staleness.is_none() {
            "cache.max_staleness: expected a duration, because database.schema is \"kratos\", and \
             nothing tells of Kratos's own changes"
        } else if !self.has_events() {
            "cache.max_staleness: expected none, because events.enabled is false, and replicas learn \
             of changes by events"
        } else {
            return Ok(());
        };
        Err(ConfigError(problem.to_owned()))
    }

    /// Returns true if both listeners have one address. Port 0 selects two free ones.
    fn listens_twice(&self) -> bool {
        let is_free = matches!(&self.server.listen, Listen::Tcp(address) if address.port() == 0);
        self.server.listen == self.admin.listen && !is_free
    }

    fn check_without_cookies(&self) -> Result<(), ConfigError> {
        if !self.session.cookie_secrets.is_empty() {
            return Err(ConfigError(
                "session.cookie_secrets: expected none, because session.cookies is false"
                    .to_owned(),
            ));
        }
        if self.ui.enabled == Some(true) {
            return Err(ConfigError(
                "ui.enabled: expected false, because session.cookies is false, and the page needs \
                 cookies"
                    .to_owned(),
            ));
        }
        Ok(())
    }
}
