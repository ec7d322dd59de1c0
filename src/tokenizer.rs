//! JWTs of sessions (RFC 7519, RFC 7515), made from templates, as by Kratos's tokenizer.

mod claims;
mod claims_mapper;
mod error;
mod jsonnet;
pub mod mapper_process;
mod template;
mod worker;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use time::OffsetDateTime;

pub use error::TokenizerError;

use crate::config;
use crate::config::{BaseUrl, ConfigError};
use crate::key_set;
use crate::key_set::PublicKey;
use crate::reload::{Reload, Reloaded};
use crate::service::CurrentSession;
use claims::Claims;
use claims_mapper::ClaimsMapper;
use template::{Template, TemplateFiles};

/// All templates.
pub struct Tokenizer {
    templates: BTreeMap<String, Arc<Reloaded<TemplateFiles>>>,
    mapper: ClaimsMapper,
    issuer: String,
}

impl Tokenizer {
    /// Reads the keys and mappers of all templates. `program` is this program, in which Jsonnet
    /// runs as a process of its own.
    pub fn new(
        templates: &config::Tokenizer,
        base_url: &BaseUrl,
        program: &Path,
    ) -> Result<Self, ConfigError> {
        let read = |(name, template): (&String, &config::Template)| {
            let files = Reloaded::new(TemplateFiles::new(name, template, program))?;
            Ok((name.clone(), Arc::new(files)))
        };
        let tokenizer = Self {
            templates: templates.templates.iter().map(read).collect::<Result<_, _>>()?,
            mapper: ClaimsMapper::new(program, templates.templates.keys()),
            issuer: base_url.at(""),
        };
        key_set::check_ids(tokenizer.current().iter().flat_map(|template| template.public_keys()))
            .map_err(|problem| ConfigError(format!("session.tokenizer.templates: {problem}")))?;
        Ok(tokenizer)
    }

    fn current(&self) -> Vec<Arc<Template>> {
        self.templates.values().map(|files| files.current()).collect()
    }

    /// The files of the templates, for their reload. Inline sources cannot change.
    #[must_use]
    pub fn files(&self) -> Vec<Arc<dyn Reload>> {
        let templates = self.templates.values().filter(|template| template.files().exist());
        templates.map(|files| Arc::clone(files) as Arc<dyn Reload>).collect()
    }

    /// Makes a JWT of a session, whose JSON form a mapper reads.
    pub async fn tokenize(
        &self,
        name: &str,
        current: &CurrentSession,
        now: OffsetDateTime,
    ) -> Result<String, TokenizerError> {
        let unknown = || TokenizerError::UnknownTemplate(name.to_owned());
        let template = self.templates.get(name).ok_or_else(unknown)?.current();
        let mut claims =
            Claims::new(template.subject_source, template.ttl, &self.issuer, current, now)?;
        if let Some(mapper) = &template.mapper {
            let program = (name, &**mapper);
            let others = self.mapper.run(program, current.identity, &current.body, &claims).await;
            let replaced = others.and_then(|others| claims.replace(others, current.expires_at));
            replaced.map_err(|error| template.explain(error))?;
        }
        template.sign(claims).await
    }

    /// The public parts of all asymmetric keys of the templates.
    pub(crate) fn public_keys(&self) -> Vec<PublicKey> {
        let templates = self.current();
        templates.iter().flat_map(|template| template.public_keys().to_vec()).collect()
    }
}
