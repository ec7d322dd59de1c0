//! Layered settings: the file overrides the defaults, and the environment overrides both.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::config::database_url::DatabaseUrl;
use crate::config::error::ConfigError;
use crate::config::secrets::hidden;
use crate::config::tokenizer;

/// The example file is the defaults, so that the two cannot diverge.
static DEFAULTS: LazyLock<Result<Table, ConfigError>> =
    LazyLock::new(|| parse(include_str!("../../config.example.toml"), "the defaults"));
const PREFIX: &str = "ELSEWHERE_";
const FROM_FILE: &str = "_FILE";
/// Settings that may come from a file of their own, and are never shown.
const SECRETS: [&str; 4] =
    ["admin.tokens", "audit.pseudonym_key", "database.url", "session.cookie_secrets"];

/// The section of the templates, whose names are not known beforehand. A name may contain dots.
const TEMPLATES: &str = "session.tokenizer.templates.";

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
            None => Self::parse("", "the defaults")?,
            Some(path) => {
                let name = path.display().to_string();
                Self::parse(&read_file(path, "--config", &name)?, &name)?
            }
        };
        for (variable, value) in environment {
            layers.set_variable(variable, value)?;
        }
        Ok(layers)
    }

    /// The defaults, and the text of a settings file.
    pub(super) fn parse(text: &str, name: &str) -> Result<Self, ConfigError> {
        let mut layers = Self { merged: DEFAULTS.clone()?, origins: BTreeMap::new() };
        for (section, keys) in parse(text, name)? {
            layers.set_section(&section, keys, name)?;
        }
        Ok(layers)
    }

    pub(super) fn deserialize<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        serde_path_to_error::deserialize(self.merged.clone()).map_err(|error| {
            let path = error.path().to_string();
            let key = path.split('[').next().unwrap_or(&path);
            let within = format!("{key}.");
            let origin =
                self.origins.iter().find(|(set, _)| *set == key || set.starts_with(&within));
            let origin = origin.map_or("the defaults", |(_, origin)| origin.as_str());
            let problem = one_line(error.inner().message());
            // Our own messages begin this way. Others may contain the value.
            let is_own = problem.starts_with("expected ");
            let problem = if SECRETS.contains(&key) && !is_own {
                "expected a string, or a list of strings if several are allowed".to_owned()
            } else {
                problem
            };
            ConfigError(format!("{path}: {problem} (from {origin})"))
        })
    }

    /// Returns true if the file or the environment sets this.
    pub(super) fn set_explicitly(&self, path: &str) -> bool {
        self.origins.contains_key(path)
    }

    /// The settings as TOML, with secrets hidden: `url` is the parsed database URL, and
    /// `max_connections` may come from it.
    pub(super) fn describe(
        mut self,
        url: &DatabaseUrl,
        max_connections: u32,
    ) -> Result<String, ConfigError> {
        for secret in SECRETS {
            if let Some(value) = self.value_mut(secret) {
                hide(value);
            }
        }
        if let Some(value) = self.value_mut("database.url") {
            *value = Value::String(url.to_string());
        }
        for (_, template) in self.templates_mut().into_iter().flatten() {
            if let Some(Value::String(url)) = template.get_mut("jwks_url") {
                *url = tokenizer::shown(url).to_owned();
            }
        }
        if let Some(value) = self.value_mut("database.max_connections") {
            *value = Value::Integer(max_connections.into());
        }
        toml::to_string(&self.merged).map_err(|error| ConfigError(error.to_string()))
    }

    fn set_section(&mut self, section: &str, keys: Value, origin: &str) -> Result<(), ConfigError> {
        let Value::Table(keys) = keys else {
            return Err(ConfigError(format!("{section}: not a section (from {origin})")));
        };
        keys.into_iter().try_for_each(|(key, value)| {
            let path = format!("{section}.{key}");
            if format!("{section}.") == TEMPLATES {
                self.add_template(&key);
                return self.set_section(&path, value, origin);
            }
            match self.value_mut(&path) {
                Some(Value::Table(_)) => self.set_section(&path, value, origin),
                _ => self.set(&path, origin, |_| Ok(value)),
            }
        })
    }

    /// Applies a variable: `ELSEWHERE_SERVER__LISTEN` sets `server.listen`. Names without
    /// two underscores are ignored: Kubernetes sets such variables for a service of this name.
    fn set_variable(&mut self, variable: &str, text: &str) -> Result<(), ConfigError> {
        let Some(name) = variable.strip_prefix(PREFIX).filter(|name| name.contains("__")) else {
            return Ok(());
        };
        let path = name.replace("__", ".").to_lowercase();
        if let Some((name, _)) = path.strip_prefix(TEMPLATES).and_then(|key| key.rsplit_once('.')) {
            self.add_template(name);
        }
        let from_file = SECRETS.into_iter().find(|secret| {
            path.strip_suffix(&FROM_FILE.to_lowercase()).is_some_and(|path| path == *secret)
        });
        match from_file {
            None => self.set(&path, variable, |default| typed_like(default, text, ',')),
            Some(secret) if self.origins.get(secret).is_some_and(|o| o.starts_with(PREFIX)) => {
                Err(ConfigError(format!("{secret}: set twice (also from {variable})")))
            }
            Some(secret) => {
                // The path is not quoted in errors: it may be the secret itself, set by mistake.
                let content = read_file(Path::new(text), variable, "the file that it names")?;
                self.set(secret, variable, |default| typed_like(default, content.trim_end(), '\n'))
            }
        }
    }

    fn set(
        &mut self,
        path: &str,
        origin: &str,
        value: impl FnOnce(&Value) -> Result<Value, String>,
    ) -> Result<(), ConfigError> {
        let slot = self
            .value_mut(path)
            .ok_or_else(|| ConfigError(format!("{path}: unknown setting (from {origin})")))?;
        *slot = value(slot)
            .map_err(|expected| ConfigError(format!("{path}: {expected} (from {origin})")))?;
        self.origins.insert(path.to_owned(), origin.to_owned());
        Ok(())
    }

    /// Adds a template with the default settings, unless it is there already.
    fn add_template(&mut self, name: &str) {
        if let Some(templates) = self.templates_mut() {
            let default = || Value::Table(tokenizer::default_template());
            templates.entry(name.to_owned()).or_insert_with(default);
        }
    }

    fn templates_mut(&mut self) -> Option<&mut Table> {
        self.merged.get_mut("session")?.get_mut("tokenizer")?.get_mut("templates")?.as_table_mut()
    }

    fn value_mut(&mut self, path: &str) -> Option<&mut Value> {
        if let Some((name, key)) = path.strip_prefix(TEMPLATES).and_then(|key| key.rsplit_once('.'))
        {
            return self.templates_mut()?.get_mut(name)?.get_mut(key);
        }
        let (section, keys) = path.split_once('.')?;
        keys.split('.').try_fold(self.merged.get_mut(section)?, |table, key| table.get_mut(key))
    }
}

/// Converts text from the environment to the type of the default.
fn typed_like(default: &Value, text: &str, separator: char) -> Result<Value, String> {
    let text = text.trim();
    match default {
        Value::Integer(_) => {
            text.parse().map(Value::Integer).map_err(|_| "expected a number".to_owned())
        }
        Value::Boolean(_) => {
            text.parse().map(Value::Boolean).map_err(|_| "expected true or false".to_owned())
        }
        Value::Array(_) => {
            let items = text.split(separator).map(str::trim).filter(|item| !item.is_empty());
            Ok(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
        _ => Ok(Value::String(text.to_owned())),
    }
}

fn parse(text: &str, origin: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| {
        let line = error.span().map_or(1, |span| {
            text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
        });
        ConfigError(format!("{origin}: line {line}: {}", one_line(error.message())))
    })
}

fn read_file(path: &Path, named_by: &str, name: &str) -> Result<String, ConfigError> {
    std::fs::read_to_string(path)
        .map_err(|error| ConfigError(format!("{named_by}: cannot read {name}: {error}")))
}

fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join("; ")
}

fn hide(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::String(text) => hidden(text).clone_into(text),
        _ => {}
    }
}
