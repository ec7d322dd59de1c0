//! Conversion of a Kratos configuration to our settings.
//!
//! The result is a settings file: TOML with what Kratos's file sets, and with Kratos's defaults
//! where ours differ. Comments at its top list what cannot be carried over, and what our own
//! parser refuses. The keys and their defaults are those of `embedx/config.schema.json` and
//! `driver/config/config.go` of Kratos.

mod document;
mod kratos;
mod output;
mod settings;
mod tokenizer;
mod uncarried;
mod yaml;

use std::path::Path;

use serde_json::Value;

use crate::config::{Config, ConfigError};
use kratos::Kratos;
use output::Output;

pub use document::Format;

/// Converts a file. Its name decides about the format: `.toml`, or YAML, which includes JSON.
pub fn convert_file(file: &Path) -> Result<String, ConfigError> {
    let text = document::read(file)?;
    convert(&text, Format::of(file), &file.display().to_string())
}

/// Converts the text of a Kratos configuration. `name` names it in comments and errors.
pub fn convert(text: &str, format: Format, name: &str) -> Result<String, ConfigError> {
    let document = document::parse(text, format, name)?;
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
