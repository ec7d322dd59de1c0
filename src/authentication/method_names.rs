//! The names of authentication methods.

use crate::config::{Config, OwnMethodName};

/// The methods that Kratos knows, which are those that its published clients accept.
const KRATOS: [&str; 11] = [
    "code",
    "code_recovery",
    "link_recovery",
    "lookup_secret",
    "oidc",
    "passkey",
    "password",
    "profile",
    "saml",
    "totp",
    "webauthn",
];

/// The names that a login system may report.
#[derive(Debug)]
pub struct MethodNames {
    own: Vec<OwnMethodName>,
}

impl MethodNames {
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { own: config.session.authentication_methods.clone() }
    }

    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.all().any(|known| known == name)
    }

    /// All names, Kratos's first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        KRATOS.into_iter().chain(self.own.iter().map(OwnMethodName::as_str))
    }
}
