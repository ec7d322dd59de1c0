//! The defaults, which are the example file, so that the two cannot diverge.

use std::sync::LazyLock;

use toml::{Table, Value};

use crate::config::error::ConfigError;
use crate::config::layers::syntax;
use crate::config::tokenizer::default_template;
use crate::config::webhooks::default_webhook;

/// The source of a setting that nobody sets.
pub(super) const DEFAULT: &str = "the defaults";
/// Sections whose names are not known beforehand. A name may contain dots.
pub(super) struct NamedSections {
    /// The path of the section that they are in, with a dot.
    pub prefix: &'static str,
    /// The settings of one that sets none of them.
    pub defaults: fn() -> Table,
}

const NAMED_SECTIONS: [NamedSections; 2] = [
    NamedSections { prefix: "session.tokenizer.templates.", defaults: default_template },
    NamedSections { prefix: "webhooks.", defaults: default_webhook },
];

impl NamedSections {
    /// Those below this section.
    pub(super) fn below(section: &str) -> Option<&'static Self> {
        NAMED_SECTIONS.iter().find(|named| named.prefix.strip_suffix('.') == Some(section))
    }

    /// Those that this path is in, and the rest of the path.
    pub(super) fn around(path: &str) -> Option<(&'static Self, &str)> {
        NAMED_SECTIONS.iter().find_map(|named| Some((named, path.strip_prefix(named.prefix)?)))
    }

    /// Those that a setting is in, the name of its section, and its key.
    pub(super) fn of_setting(path: &str) -> Option<(&'static Self, &str, &str)> {
        let (named, path) = Self::around(path)?;
        let (name, key) = path.rsplit_once('.')?;
        Some((named, name, key))
    }
}

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
    NamedSections::of_setting(path)
        .is_some_and(|(named, _, key)| (named.defaults)().contains_key(key))
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
