//! Layered settings: the file overrides the defaults, and the environment overrides both.

mod defaults;
mod description;
mod kind;
mod secret_file;
mod suggestion;
mod syntax;
mod variable;
mod wording;

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::config::database_url::DatabaseUrl;
use crate::config::error::{ConfigError, one_line};
use crate::config::secrets::hidden;
use crate::config::text_file;
use crate::config::tokenizer;
use crate::config::webhooks;
use defaults::{DEFAULT, NamedSections};
use kind::Kind;
use suggestion::{not_from_file, unknown_setting, unknown_variable};
use variable::Variable;

const FROM_FILE: &str = "_file";
/// Settings that may come from a file of their own, and are never shown.
const SECRETS: [&str; 4] =
    ["admin.tokens", "audit.pseudonym_key", "database.url", "session.cookie_secrets"];
const WEBHOOKS: &str = "webhooks";

fn is_secret(path: &str) -> bool {
    let of_webhook =
        |rest: &str| [".url", ".secret", ".authorization"].iter().any(|key| rest.ends_with(key));
    SECRETS.contains(&path) || path.strip_prefix("webhooks.").is_some_and(of_webhook)
}

/// The merged settings, and the origin of each one that is not a default.
pub(super) struct Layers {
    merged: Table,
    origins: BTreeMap<String, String>,
}

impl Layers {
    pub(super) fn read(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let mut layers = match file {
            None => Self::parse("", DEFAULT)?,
            Some(path) => {
                let name = one_line(&path.display().to_string());
                let text = text_file::read(path).map_err(|reason| {
                    ConfigError(format!("--config: cannot read {name}: {reason}"))
                })?;
                Self::parse(&text, &name)?
            }
        };
        for (name, value) in environment {
            match Variable::of(name) {
                Variable::Sets(path) => layers.set_variable(name, &path, value)?,
                Variable::Unknown => return Err(unknown_variable(name)),
                Variable::Foreign => {}
            }
        }
        Ok(layers)
    }

    /// The defaults, and the text of a settings file.
    pub(super) fn parse(text: &str, name: &str) -> Result<Self, ConfigError> {
        let mut layers = Self { merged: defaults::table()?, origins: BTreeMap::new() };
        for (section, mut keys) in syntax::parse(text, name, defaults::is_known)? {
            if let (WEBHOOKS, Value::Array(list)) = (section.as_str(), &mut keys) {
                let named = webhooks::named(std::mem::take(list));
                keys = Value::Table(named.map_err(|problem| {
                    ConfigError(format!("{WEBHOOKS}: {problem} (from {name})"))
                })?);
            }
            layers.set_section(&section, keys, name)?;
        }
        Ok(layers)
    }

    pub(super) fn deserialize<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        serde_path_to_error::deserialize(self.merged.clone()).map_err(|error| {
            let path = error.path().to_string();
            let key = path.split('[').next().unwrap_or(&path);
            let problem = wording::ours(&one_line(error.inner().message()));
            // Our own messages begin this way. Others may contain the value.
            let problem = if is_secret(key) && !problem.starts_with("expected ") {
                "expected another value".to_owned()
            } else {
                problem
            };
            ConfigError(format!("{path}: {problem} (from {})", self.origin(key)))
        })
    }

    /// The source of a setting or of a section.
    fn origin(&self, path: &str) -> &str {
        let within = format!("{path}.");
        let is_there = |set: &str| set == path || set.starts_with(&within);
        let origin = self.origins.iter().find(|(set, _)| is_there(set));
        origin.map_or(DEFAULT, |(_, origin)| origin.as_str())
    }

    /// Returns true if the file or the environment sets this.
    pub(super) fn set_explicitly(&self, path: &str) -> bool {
        self.origins.contains_key(path)
    }

    /// The settings as TOML, with their sources, and with secrets hidden: `url` is the parsed
    /// database URL, and `max_connections` may come from it.
    pub(super) fn describe(mut self, url: &DatabaseUrl, max_connections: u32) -> String {
        const MAX_CONNECTIONS: &str = "database.max_connections";
        for secret in SECRETS {
            if let Some(value) = self.value_mut(secret) {
                hide(value);
            }
        }
        if let Some(value) = self.value_mut("database.url") {
            *value = Value::String(url.to_string());
        }
        for (_, webhook) in self.table_mut("webhooks.").into_iter().flatten() {
            for key in ["url", "secret", "authorization"] {
                webhook.get_mut(key).map(hide);
            }
        }
        if let Some(Value::String(url)) = self.value_mut("events.jwks_url") {
            *url = tokenizer::shown(url).to_owned();
        }
        for (_, template) in self.table_mut("session.tokenizer.templates.").into_iter().flatten() {
            if let Some(Value::String(url)) = template.get_mut("jwks_url") {
                *url = tokenizer::shown(url).to_owned();
            }
        }
        let stated = url.pool_limits().max_connections.is_some();
        let is_of_url = stated && !self.set_explicitly(MAX_CONNECTIONS);
        if let Some(value) = self.value_mut(MAX_CONNECTIONS) {
            *value = Value::Integer(max_connections.into());
        }
        description::write(&self.merged, &|path| match self.origins.get(path) {
            Some(origin) => format!("from {origin}"),
            None if is_of_url && path == MAX_CONNECTIONS => "from database.url".to_owned(),
            None => "default".to_owned(),
        })
    }

    fn set_section(&mut self, section: &str, keys: Value, origin: &str) -> Result<(), ConfigError> {
        let is_known = NamedSections::around(section).is_some()
            || self.merged.contains_key(section)
            || self.value_mut(section).is_some();
        let keys = match keys {
            Value::Table(keys) if is_known || !keys.is_empty() => keys,
            _ if !is_known => return Err(unknown_setting(section, origin, str::to_owned)),
            _ => {
                let problem = format!("expected a section, as below [{section}]");
                return Err(ConfigError(format!("{section}: {problem} (from {origin})")));
            }
        };
        keys.into_iter().try_for_each(|(key, value)| {
            let path = format!("{section}.{key}");
            if let Some(named) = NamedSections::below(section) {
                self.add_section(named, &key);
                return self.set_section(&path, value, origin);
            }
            match self.value_mut(&path) {
                Some(Value::Table(_)) => self.set_section(&path, value, origin),
                Some(default) => {
                    Kind::of(&path, default).check(&value, default).map_err(|mismatch| {
                        let item = mismatch.item.map_or(String::new(), |item| format!("[{item}]"));
                        let problem = mismatch.problem;
                        ConfigError(format!("{path}{item}: {problem} (from {origin})"))
                    })?;
                    self.set(&path, origin, value);
                    Ok(())
                }
                None => Err(unknown_setting(&path, origin, str::to_owned)),
            }
        })
    }

    /// Applies a variable: its text, or the content of the file that it names.
    fn set_variable(&mut self, variable: &str, path: &str, text: &str) -> Result<(), ConfigError> {
        if let Some((named, name, _)) = NamedSections::of_setting(path) {
            self.add_section(named, name);
        }
        let secret = path.strip_suffix(FROM_FILE).filter(|path| is_secret(path));
        let key = secret.unwrap_or(path);
        if self.origins.get(key).is_some_and(|origin| origin.starts_with(variable::PREFIX)) {
            return Err(ConfigError(format!("{key}: set twice (also from {variable})")));
        }
        let content = secret.map(|_| secret_file::read(variable, text)).transpose()?;
        let Some(default) = self.value_mut(key) else {
            return Err(
                match key.strip_suffix(FROM_FILE).filter(|path| defaults::is_known(path)) {
                    Some(path) => not_from_file(path, variable),
                    None => unknown_setting(key, variable, variable::name_of),
                },
            );
        };
        let kind = match default {
            Value::Table(_) => {
                let problem = "expected a key after the section, and two underscores before it";
                return Err(ConfigError(format!("{key}: {problem} (from {variable})")));
            }
            default => Kind::of(key, default),
        };
        let value = match content {
            Some(content) => secret_file::value(kind, &content),
            None => kind.read(text, ','),
        };
        let value = value
            .map_err(|expected| ConfigError(format!("{key}: {expected} (from {variable})")))?;
        self.set(key, variable, value);
        Ok(())
    }

    fn set(&mut self, path: &str, origin: &str, value: Value) {
        if let Some(slot) = self.value_mut(path) {
            *slot = value;
            self.origins.insert(path.to_owned(), origin.to_owned());
        }
    }

    /// Adds a section with the default settings, unless it is there already.
    fn add_section(&mut self, named: &NamedSections, name: &str) {
        if let Some(sections) = self.table_mut(named.prefix) {
            let default = || Value::Table((named.defaults)());
            sections.entry(name.to_owned()).or_insert_with(default);
        }
    }

    /// The table with this path, which ends with a dot.
    fn table_mut(&mut self, path: &str) -> Option<&mut Table> {
        let mut names = path.trim_end_matches('.').split('.');
        let first = self.merged.get_mut(names.next()?)?;
        names.try_fold(first, |table, name| table.get_mut(name))?.as_table_mut()
    }

    fn value_mut(&mut self, path: &str) -> Option<&mut Value> {
        if let Some((named, name, key)) = NamedSections::of_setting(path) {
            return self.table_mut(named.prefix)?.get_mut(name)?.get_mut(key);
        }
        let (section, keys) = path.split_once('.')?;
        keys.split('.').try_fold(self.merged.get_mut(section)?, |table, key| table.get_mut(key))
    }
}

fn hide(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::String(text) => hidden(text).clone_into(text),
        _ => {}
    }
}
