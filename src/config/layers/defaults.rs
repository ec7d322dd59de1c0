//! The defaults, which are the example file, so that the two cannot diverge.

use std::sync::LazyLock;

use toml::{Table, Value};

use crate::config::error::ConfigError;
use crate::config::layers::syntax;
use crate::config::tokenizer::default_template;

/// The source of a setting that nobody sets.
pub(super) const DEFAULT: &str = "the defaults";
/// The section of the templates, whose names are not known beforehand. A name may contain dots.
pub(super) const TEMPLATES: &str = "session.tokenizer.templates.";

static DEFAULTS: LazyLock<Result<Table, ConfigError>> = LazyLock::new(|| {
    syntax::parse(include_str!("../../../config.example.toml"), DEFAULT, |_| true)
});
static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| match &*DEFAULTS {
    Ok(defaults) => paths("", defaults),
    Err(_) => Vec::new(),
});

pub(super) fn table() -> Result<Table, ConfigError> {
    DEFAULTS.clone()
}

/// The paths of all sections and settings.
pub(super) fn known() -> &'static [String] {
    &PATHS
}

pub(super) fn is_known(path: &str) -> bool {
    let of_template = path.strip_prefix(TEMPLATES).and_then(|path| path.rsplit_once('.'));
    of_template.is_some_and(|(_, key)| default_template().contains_key(key))
        || known().iter().any(|known| known == path)
}

fn paths(section: &str, keys: &Table) -> Vec<String> {
    let paths = keys.iter().flat_map(|(key, value)| {
        let path = format!("{section}{key}");
        let within = match value {
            Value::Table(keys) => paths(&format!("{path}."), keys),
            _ => Vec::new(),
        };
        [vec![path], within].concat()
    });
    paths.collect()
}
