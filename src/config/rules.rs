//! The rules that involve more than one setting.

use crate::config::{Config, ConfigError, SameSite, Schema, TokenStorage};

impl Config {
    /// Checks the rules of all commands.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.database.schema == Schema::Kratos && self.token_storage() == TokenStorage::Sha256 {
            return Err(ConfigError(
                "session.token_storage: expected \"plain\", because database.schema is \
                 \"kratos\" and Kratos stores tokens unhashed"
                    .to_owned(),
            ));
        }
        if !self.admin.listen.is_local() && self.admin.tokens.is_empty() {
            return Err(ConfigError(
                "admin.tokens: expected a token, because admin.listen is not a loopback address"
                    .to_owned(),
            ));
        }
        if self.session.cookie_same_site == SameSite::None && !self.server.base_url.is_secure() {
            return Err(ConfigError(
                "session.cookie_same_site: expected \"Lax\" or \"Strict\", because browsers \
                 accept \"None\" over https only, and server.base_url is http"
                    .to_owned(),
            ));
        }
        if self.traces.endpoint.is_some() && cfg!(not(feature = "otlp")) {
            return Err(ConfigError(
                "traces.endpoint: expected none, because this program was built without \
                 `--features otlp`"
                    .to_owned(),
            ));
        }
        self.limits.check()
    }
}
