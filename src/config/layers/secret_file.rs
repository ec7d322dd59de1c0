//! Secrets in files of their own.

use std::path::Path;

use toml::Value;

use crate::config::error::ConfigError;
use crate::config::layers::kind::Kind;
use crate::config::text_file;

/// The content of the file that a variable names. No error quotes the path: it may be the secret
/// itself, set by mistake.
pub(super) fn read(variable: &str, path: &str) -> Result<String, ConfigError> {
    let failed = |problem: &str| ConfigError(format!("{variable}: {problem}"));
    if path.is_empty() {
        return Err(failed("expected the path of a file, got none; to set no secret, remove it"));
    }
    let content = text_file::read(Path::new(path))
        .map_err(|reason| failed(&format!("cannot read the file that it names: {reason}")))?;
    if content.trim().is_empty() {
        return Err(failed("expected a secret in the file that it names, which is empty"));
    }
    Ok(content)
}

/// The value of a setting with this content: one secret on each line, if it may have several.
pub(super) fn value(kind: Kind, content: &str) -> Result<Value, String> {
    if kind == Kind::Text && content.trim().lines().nth(1).is_some() {
        return Err("expected a single line in the file".to_owned());
    }
    kind.read(content, '\n')
}
