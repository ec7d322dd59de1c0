//! A template with its keys and its mapper, reloaded when their files change.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretSlice};
use tokio::task::spawn_blocking;

use crate::config;
use crate::config::{ConfigError, Source, SubjectSource};
use crate::reload::Files;
use crate::tokenizer::claims::Claims;
use crate::tokenizer::claims_mapper::MapperError;
use crate::tokenizer::error::TokenizerError;
use crate::tokenizer::json_web_key;
use crate::tokenizer::json_web_key::PublicKey;
use crate::tokenizer::signing_key::SigningKey;

/// A mapper that fails for each request is logged once in this time.
const WARNING_INTERVAL: Duration = Duration::from_mins(1);

/// A template as it is configured.
pub(super) struct TemplateFiles {
    section: String,
    settings: config::Template,
    last_warning: Arc<Mutex<Option<Instant>>>,
}

/// The contents of a template's sources.
pub(super) struct Contents {
    key_set: SecretSlice<u8>,
    mapper: Option<SecretSlice<u8>>,
}

impl PartialEq for Contents {
    fn eq(&self, other: &Self) -> bool {
        let exposed = |mapper: &Option<SecretSlice<u8>>| {
            mapper.as_ref().map(|mapper| mapper.expose_secret().to_vec())
        };
        self.key_set.expose_secret() == other.key_set.expose_secret()
            && exposed(&self.mapper) == exposed(&other.mapper)
    }
}

/// A template in use.
pub(super) struct Template {
    section: String,
    pub ttl: Duration,
    pub subject_source: SubjectSource,
    pub mapper: Option<Arc<str>>,
    /// The public parts of the set's asymmetric keys.
    pub public_keys: Vec<PublicKey>,
    key: Arc<SigningKey>,
    last_warning: Arc<Mutex<Option<Instant>>>,
}

impl TemplateFiles {
    pub(super) fn new(name: &str, settings: &config::Template) -> Self {
        Self {
            section: format!("session.tokenizer.templates.{name}"),
            settings: settings.clone(),
            last_warning: Arc::default(),
        }
    }

    fn error(&self, key: &str, problem: impl std::fmt::Display) -> ConfigError {
        ConfigError(format!("{}.{key}: {problem}", self.section))
    }

    fn read_source(&self, key: &str, source: &Source) -> Result<SecretSlice<u8>, ConfigError> {
        source.read().map_err(|error: io::Error| self.error(key, error))
    }
}

impl Files for TemplateFiles {
    type Contents = Contents;
    type Value = Template;

    fn section(&self) -> &str {
        &self.section
    }

    fn read(&self) -> Result<Contents, ConfigError> {
        let mapper = self.settings.claims_mapper_url.as_ref();
        let mapper = mapper.map(|source| self.read_source("claims_mapper_url", source));
        Ok(Contents {
            key_set: self.read_source("jwks_url", &self.settings.jwks_url)?,
            mapper: mapper.transpose()?,
        })
    }

    fn make(&self, contents: &Contents) -> Result<Template, ConfigError> {
        let keys = json_web_key::parse_set(contents.key_set.expose_secret())
            .map_err(|problem| self.error("jwks_url", problem))?;
        let Some(first) = keys.first() else {
            return Err(self.error("jwks_url", "expected a key set with a key, got an empty one"));
        };
        let key = SigningKey::new(first).map_err(|problem| {
            let name = first.kid.as_deref().unwrap_or("without a kid");
            self.error("jwks_url", format_args!("unusable key {name:?}: {problem}"))
        })?;
        let mapper = contents.mapper.as_ref().map(|mapper| {
            str::from_utf8(mapper.expose_secret())
                .map(Arc::from)
                .map_err(|_| self.error("claims_mapper_url", "expected Jsonnet in UTF-8"))
        });
        Ok(Template {
            section: self.section.clone(),
            ttl: self.settings.ttl,
            subject_source: self.settings.subject_source,
            mapper: mapper.transpose()?,
            public_keys: keys.iter().filter_map(PublicKey::of).collect(),
            key: Arc::new(key),
            last_warning: Arc::clone(&self.last_warning),
        })
    }
}

impl Template {
    /// Signs claims with the first key of the set. A slow algorithm does not delay other requests.
    pub(super) async fn sign(&self, claims: Claims) -> Result<String, TokenizerError> {
        if !self.key.is_slow() {
            return self.key.sign(&claims);
        }
        let key = Arc::clone(&self.key);
        let signed = spawn_blocking(move || key.sign(&claims)).await;
        signed.unwrap_or(Err(TokenizerError::Signature))
    }

    /// The error for the client. Logs the reason if the mapper is at fault.
    pub(super) fn explain(&self, error: MapperError) -> TokenizerError {
        let problem = match error {
            MapperError::Unavailable(cause) => return TokenizerError::MapperUnavailable(cause),
            MapperError::Failed(problem) => problem,
        };
        let mut last = self.last_warning.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|at| at.elapsed() > WARNING_INTERVAL) {
            tracing::warn!(template = self.section, %problem, "claims mapper failed");
            *last = Some(Instant::now());
        }
        TokenizerError::MapperFailed
    }
}
