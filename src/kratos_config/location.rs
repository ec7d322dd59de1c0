//! The place of the configuration within a file: its top, or a part of the files of Helm,
//! Kubernetes and the like, which the conversion refuses by naming that part.

use serde_json::{Map, Value};

use crate::kratos_config::output::bare_or_quoted;

/// The keys at the top of Kratos's schema, which allows no others.
const KEYS: [&str; 28] = [
    "ciphers",
    "clients",
    "config",
    "cookies",
    "courier",
    "database",
    "dev",
    "dsn",
    "enterprise",
    "expose-metrics-port",
    "feature_flags",
    "hashers",
    "help",
    "identity",
    "log",
    "oauth2_provider",
    "organizations",
    "preview",
    "profiling",
    "secrets",
    "security",
    "selfservice",
    "serve",
    "session",
    "sqa-opt-out",
    "tracing",
    "version",
    "watch-courier",
];
/// Those of them that other files seldom have.
const TELLING_KEYS: [&str; 10] = [
    "ciphers",
    "cookies",
    "courier",
    "dsn",
    "hashers",
    "identity",
    "secrets",
    "selfservice",
    "serve",
    "session",
];

/// Returns an error unless most keys at the top are Kratos's, in which `config` is a list. The
/// values of a Helm chart have a few of these names at their top too, so a part below decides if
/// it has more of them.
pub(super) fn check(document: &Map<String, Value>) -> Result<(), String> {
    let (known, unknown): (Vec<_>, Vec<_>) = document.iter().partition(|(key, value)| {
        KEYS.contains(&key.as_str()) && (*key != "config" || value.is_array())
    });
    let telling = document.keys().filter(|key| TELLING_KEYS.contains(&key.as_str())).count();
    let below = unknown.iter().find_map(|(key, value)| find(&bare_or_quoted(key), key, value));
    match below {
        Some(part) if part.telling > telling || known.len() <= unknown.len() => Err(format!(
            "expected a Kratos configuration at the top, but it is below {}. Save that part as a \
             file of its own",
            part.path
        )),
        None if known.len() <= unknown.len() => {
            Err("expected a Kratos configuration, with keys such as dsn, serve and selfservice"
                .to_owned())
        }
        _ => Ok(()),
    }
}

/// A part that looks like a configuration.
struct Part {
    path: String,
    telling: usize,
}

/// Finds the first such part. One telling key is enough below a name that stands for a
/// configuration or a file. Elsewhere it takes two.
fn find(path: &str, name: &str, value: &Value) -> Option<Part> {
    let telling = match value {
        Value::Object(keys) => keys.keys().filter(|key| is_telling(key)).count(),
        Value::String(text) => {
            text.lines().filter_map(key_of_line).filter(|key| is_telling(key)).count()
        }
        _ => 0,
    };
    // The data of a Kubernetes Secret is encoded, so that only its name tells.
    let is_named_kratos = value.is_string() && name.starts_with("kratos.");
    if is_named_kratos || telling >= if stands_for_file(name) { 1 } else { 2 } {
        return Some(Part { path: path.to_owned(), telling });
    }
    match value {
        Value::Object(keys) => keys
            .iter()
            .find_map(|(key, value)| find(&format!("{path}.{}", bare_or_quoted(key)), key, value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, value)| find(&format!("{path}[{index}]"), "", value)),
        _ => None,
    }
}

fn is_telling(key: &str) -> bool {
    TELLING_KEYS.contains(&key)
}

fn stands_for_file(name: &str) -> bool {
    name == "config" || [".yaml", ".yml", ".json", ".toml"].iter().any(|end| name.ends_with(end))
}

/// The key that a line of YAML, TOML or JSON begins with. Only JSON is indented at its top.
fn key_of_line(line: &str) -> Option<&str> {
    let quoted = line.trim_start().strip_prefix('"');
    let line = quoted.or_else(|| line.strip_prefix('[')).unwrap_or(line);
    let end = line.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')?;
    Some(&line[..end])
}
