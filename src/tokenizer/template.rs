//! A template with its keys and its mapper, reloaded when their files change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretSlice};

use crate::config;
use crate::config::{ConfigError, Source, SubjectSource};
use crate::key_set::{KeySet, PublicKey, TokenType};
use crate::reload;
use crate::reload::Files;
use crate::tokenizer::claims::Claims;
use crate::tokenizer::error::{MapperError, TokenizerError};
use crate::tokenizer::worker;

/// A mapper that fails for each request is logged once in this time.
const WARNING_INTERVAL: Duration = Duration::from_mins(1);

/// A template as it is configured.
pub(super) struct TemplateFiles {
    log: Arc<MapperLog>,
    settings: config::Template,
    program: PathBuf,
}

/// The log of a mapper's failures.
struct MapperLog {
    section: String,
    last_warning: Mutex<Option<Instant>>,
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
    pub ttl: Duration,
    pub subject_source: SubjectSource,
    pub mapper: Option<Arc<str>>,
    keys: KeySet,
    log: Arc<MapperLog>,
}

impl TemplateFiles {
    pub(super) fn new(name: &str, settings: &config::Template, program: &Path) -> Self {
        let section = format!("session.tokenizer.templates.{name}");
        Self {
            log: Arc::new(MapperLog { section, last_warning: Mutex::default() }),
            settings: settings.clone(),
            program: program.to_owned(),
        }
    }

    /// Returns false if all sources are inline.
    pub(super) fn exist(&self) -> bool {
        let sources = [Some(&self.settings.jwks_url), self.settings.claims_mapper_url.as_ref()];
        sources.into_iter().flatten().any(|source| matches!(source, Source::File(_)))
    }

    fn error(&self, key: &str, problem: impl std::fmt::Display) -> ConfigError {
        ConfigError(format!("{}.{key}: {problem}", self.log.section))
    }

    fn read_source(&self, key: &str, source: &Source) -> Result<SecretSlice<u8>, ConfigError> {
        reload::read_source(source).map_err(|problem| self.error(key, problem))
    }

    fn mapper(&self, source: &[u8]) -> Result<Arc<str>, ConfigError> {
        let key = "claims_mapper_url";
        let source = str::from_utf8(source).map_err(|_| self.error(key, "expected UTF-8"))?;
        match worker::is_valid(&self.program, source) {
            Ok(true) => Ok(source.into()),
            Ok(false) => Err(self.error(key, "expected a Jsonnet program")),
            Err(error) => Err(self.error(key, format_args!("cannot be checked: {error}"))),
        }
    }
}

impl Files for TemplateFiles {
    type Contents = Contents;
    type Value = Template;

    fn section(&self) -> &str {
        &self.log.section
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
        let keys = KeySet::parse(contents.key_set.expose_secret())
            .map_err(|problem| self.error("jwks_url", problem))?;
        let mapper = contents.mapper.as_ref();
        let mapper = mapper.map(|source| self.mapper(source.expose_secret()));
        Ok(Template {
            ttl: self.settings.ttl,
            subject_source: self.settings.subject_source,
            mapper: mapper.transpose()?,
            keys,
            log: Arc::clone(&self.log),
        })
    }
}

impl Template {
    /// The public parts of the set's asymmetric keys.
    pub(super) fn public_keys(&self) -> &[PublicKey] {
        &self.keys.public
    }

    pub(super) async fn sign(&self, claims: Claims) -> Result<String, TokenizerError> {
        let signed = self.keys.sign(TokenType::Jwt, claims).await;
        signed.map_err(|_| TokenizerError::Signature)
    }

    /// The error for the client. Logs the reason if the mapper is at fault.
    pub(super) fn explain(&self, error: MapperError) -> TokenizerError {
        match error {
            MapperError::Unavailable(cause) => return TokenizerError::MapperUnavailable(cause),
            MapperError::LimitExceeded => self.log.warn("a limit of time or memory was exceeded"),
            MapperError::Failed(problem) => self.log.warn(&problem),
        }
        TokenizerError::MapperFailed
    }
}

impl MapperLog {
    fn warn(&self, problem: &str) {
        let mut last = self.last_warning.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|at| at.elapsed() > WARNING_INTERVAL) {
            tracing::warn!(template = self.section, problem, "claims mapper failed");
            *last = Some(Instant::now());
        }
    }
}
