//! The file and its format: YAML or TOML, as one kind of value.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::Value;

use crate::config::ConfigError;
use crate::kratos_config::yaml;

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

pub(super) fn read(file: &Path) -> Result<String, ConfigError> {
    let unreadable = |error: io::Error| {
        ConfigError(format!("--from-kratos: cannot read {}: {error}", file.display()))
    };
    let mut text = String::new();
    let content = File::open(file).map_err(unreadable)?;
    content.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_BYTES {
        let name = file.display();
        return Err(ConfigError(format!("{name}: expected a file of at most {MAX_BYTES} bytes")));
    }
    Ok(text)
}

/// Parses a mapping of settings. No error quotes the text, because it contains secrets.
pub(super) fn parse(text: &str, format: Format, name: &str) -> Result<Value, ConfigError> {
    let document = match format {
        Format::Yaml => yaml::parse(text),
        Format::Toml => parse_toml(text),
    };
    match document {
        Ok(document @ Value::Object(_)) => Ok(document),
        Ok(_) => Err("expected a Kratos configuration: keys and values".to_owned()),
        Err(problem) => Err(problem),
    }
    .map_err(|problem| ConfigError(format!("{name}: {problem}")))
}

fn parse_toml(text: &str) -> Result<Value, String> {
    let table = text.parse::<toml::Table>().map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
        format!("line {line}: not valid TOML")
    })?;
    serde_json::to_value(table).map_err(|_| "not valid TOML".to_owned())
}
