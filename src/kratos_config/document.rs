//! Files of YAML or TOML as one kind of value, and their merging.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::{Map, Value};

use crate::config::ConfigError;
use crate::kratos_config::{location, yaml};

/// The largest file that is read. Kratos configurations have a few kilobytes, or a few hundred
/// with key sets and schemas in them.
const MAX_BYTES: u64 = 1 << 20;

/// The format of a Kratos configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML, which includes JSON.
    Yaml,
    Toml,
}

impl Format {
    /// The format that the name of a file stands for, as Kratos decides it.
    #[must_use]
    pub fn of(file: &Path) -> Self {
        if file.extension().is_some_and(|extension| extension == "toml") {
            Self::Toml
        } else {
            Self::Yaml
        }
    }
}

/// The name of a file in comments and errors.
pub(super) fn name(file: &Path) -> String {
    if is_standard_input(file) { "standard input".to_owned() } else { file.display().to_string() }
}

/// The settings of a file.
pub(super) fn load(file: &Path) -> Result<Map<String, Value>, ConfigError> {
    parse(&read(file)?, Format::of(file), &name(file))
}

fn read(file: &Path) -> Result<String, ConfigError> {
    let unreadable =
        |error| ConfigError(format!("--from-kratos: cannot read {}: {error}", name(file)));
    let content: Box<dyn io::Read> = if is_standard_input(file) {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(file).map_err(unreadable)?)
    };
    let mut text = String::new();
    content.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_BYTES {
        let name = name(file);
        return Err(ConfigError(format!("{name}: expected a file of at most {MAX_BYTES} bytes")));
    }
    Ok(text)
}

fn is_standard_input(file: &Path) -> bool {
    file == Path::new("-")
}

/// Parses a mapping of settings. No error quotes the text, because it contains secrets.
pub(super) fn parse(
    text: &str,
    format: Format,
    name: &str,
) -> Result<Map<String, Value>, ConfigError> {
    let document = match format {
        Format::Yaml => yaml::parse(text),
        Format::Toml => parse_toml(text),
    };
    document
        .and_then(|document| match document {
            Value::Object(keys) => location::check(&keys).map(|()| keys),
            _ => Err("expected a Kratos configuration: keys and values".to_owned()),
        })
        .map_err(|problem| ConfigError(format!("{name}: {problem}")))
}

/// Merges a later file into the earlier ones as Kratos does (its library koanf): mappings are
/// merged, and every other value is replaced, lists included.
pub(super) fn merge(earlier: &mut Map<String, Value>, later: Map<String, Value>) {
    for (key, value) in later {
        match (earlier.get_mut(&key), value) {
            (Some(Value::Object(earlier)), Value::Object(later)) => merge(earlier, later),
            (_, value) => drop(earlier.insert(key, value)),
        }
    }
}

fn parse_toml(text: &str) -> Result<Value, String> {
    let table = text.parse::<toml::Table>().map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
        format!("line {line}: not valid TOML")
    })?;
    serde_json::to_value(table).map_err(|_| "not valid TOML".to_owned())
}
