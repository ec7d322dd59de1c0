//! Security event tokens (RFC 8417) with the session events of CAEP 1.0
//! (<https://openid.net/specs/openid-caep-1_0-final.html>), as OpenID's Shared Signals Framework 1.0
//! asks of a transmitter.

mod claims;

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretSlice};
use time::OffsetDateTime;

use crate::config::{BaseUrl, ConfigError, Events, Source};
use crate::event::Event;
use crate::key_set;
use crate::key_set::{KeySet, PublicKey, TokenType};
use crate::reload;
use crate::reload::{Files, Reload, Reloaded};
use crate::tokenizer::Tokenizer;

pub(crate) use claims::is_event;

/// Signs security event tokens.
pub struct SecurityEvents {
    issuer: String,
    keys: Option<Arc<Reloaded<KeyFile>>>,
}

/// The key set, as it is configured.
struct KeyFile(Source);

/// The content of a key set.
struct Content(SecretSlice<u8>);

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Files for KeyFile {
    type Contents = Content;
    type Value = KeySet;

    fn section(&self) -> &'static str {
        "events"
    }

    fn read(&self) -> Result<Content, ConfigError> {
        reload::read_source(&self.0).map(Content).map_err(|problem| error(&problem))
    }

    fn make(&self, Content(json): &Content) -> Result<KeySet, ConfigError> {
        let keys = KeySet::parse(json.expose_secret()).map_err(|problem| error(&problem))?;
        if !keys.is_verifiable {
            return Err(error("expected an asymmetric key first, which receivers can verify with"));
        }
        Ok(keys)
    }
}

fn error(problem: &str) -> ConfigError {
    ConfigError(format!("events.jwks_url: {problem}"))
}

impl SecurityEvents {
    /// Fails if the key set cannot be used.
    pub fn new(events: &Events, base_url: &BaseUrl) -> Result<Self, ConfigError> {
        let issuer = events.issuer.as_ref().map_or_else(|| base_url.at(""), ToString::to_string);
        let keys = events.jwks_url.clone().map(|source| Reloaded::new(KeyFile(source)));
        let keys = keys.transpose()?.map(Arc::new);
        Ok(Self { issuer: issuer.trim_end_matches('/').to_owned(), keys })
    }

    /// The issuer, if there are tokens.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.keys.as_ref().map(|_| self.issuer.as_str())
    }

    /// The file of the key set, for its reload.
    #[must_use]
    pub fn files(&self) -> Vec<Arc<dyn Reload>> {
        let keys = self.keys.iter().filter(|keys| matches!(keys.files().0, Source::File(_)));
        keys.map(|keys| Arc::clone(keys) as Arc<dyn Reload>).collect()
    }

    /// Fails if one of the keys has the id of another key.
    pub fn check_against(&self, tokenizer: &Tokenizer) -> Result<(), ConfigError> {
        let all = [tokenizer.public_keys(), self.public_keys()].concat();
        key_set::check_ids(all.iter()).map_err(|problem| error(&problem))
    }

    pub(crate) fn public_keys(&self) -> Vec<PublicKey> {
        self.keys.as_ref().map(|keys| keys.current().public.clone()).unwrap_or_default()
    }

    /// The token of an event for this audience. `None` if CAEP has no such event, or if it cannot
    /// be signed.
    pub(crate) async fn token(
        &self,
        event: &Event,
        audience: &str,
        now: OffsetDateTime,
    ) -> Option<String> {
        let keys = self.keys.as_ref()?.current();
        let claims = claims::of(event, &self.issuer, audience, now)?;
        keys.sign(TokenType::SecurityEvent, claims).await.ok()
    }
}

impl std::fmt::Debug for SecurityEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecurityEvents").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
