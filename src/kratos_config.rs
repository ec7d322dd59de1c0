//! Conversion of a Kratos configuration to our settings.
//!
//! The result is a settings file: TOML with what Kratos's files set, and with Kratos's defaults
//! where ours differ. Comments at its top list what cannot be carried over, and what our own
//! parser refuses. The keys and their defaults are those of `embedx/config.schema.json` and
//! `driver/config/config.go` of Kratos.

mod database;
mod document;
mod kratos;
mod location;
mod output;
mod placeholder;
mod settings;
mod tokenizer;
mod uncarried;
mod yaml;

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::config::{Config, ConfigError};
use kratos::Kratos;
use output::Output;

pub use document::Format;

/// Converts files, merged as Kratos merges those of its option `--config`. The name of a file
/// decides about its format: `.toml`, or YAML, which includes JSON. `-` is standard input.
pub fn convert_files(files: &[PathBuf]) -> Result<String, ConfigError> {
    let mut merged = Map::new();
    for file in files {
        document::merge(&mut merged, document::load(file)?);
    }
    let names: Vec<_> = files.iter().map(|file| document::name(file)).collect();
    convert_document(merged, &names.join(", "))
}

/// Converts the text of a Kratos configuration. `name` names it in comments and errors.
pub fn convert(text: &str, format: Format, name: &str) -> Result<String, ConfigError> {
    convert_document(document::parse(text, format, name)?, name)
}

fn convert_document(document: Map<String, Value>, name: &str) -> Result<String, ConfigError> {
    let document = Value::Object(document);
    let kratos = typed(document.clone(), name)?;
    let mut output = Output::new(name);
    settings::write(&kratos, &mut output);
    tokenizer::write(&kratos.session.whoami.tokenizer.templates, &mut output);
    uncarried::note(&document, &mut output);
    if let Err(ConfigError(problem)) = Config::parse(&output.to_string(), "this file") {
        output.refused(problem);
    }
    Ok(output.to_string())
}

/// The subset of the configuration that matters here. Errors say what was expected, and never
/// quote a value, because it may be a secret.
fn typed(document: Value, name: &str) -> Result<Kratos, ConfigError> {
    serde_path_to_error::deserialize(document).map_err(|error| {
        let message = error.inner().to_string();
        let problem = match message.rsplit_once("expected ") {
            Some((_, expected)) => format!("expected {expected}"),
            None => match message.strip_prefix("missing field ") {
                Some(key) => format!("expected the key {key}"),
                None => "expected another value".to_owned(),
            },
        };
        ConfigError(format!("{}: {problem} (from {name})", error.path()))
    })
}
