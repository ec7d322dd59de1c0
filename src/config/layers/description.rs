//! The settings in force as TOML, with the source of each value in a comment.
//!
//! The text can be loaded again. A value that is hidden is a comment itself, because it would
//! otherwise be taken for the secret.

use std::fmt::Write as _;

use toml::{Table, Value};

use crate::config::secrets::HIDDEN;

/// Writes all sections. `source` names the source of the setting with this path.
pub(super) fn write(settings: &Table, source: &impl Fn(&str) -> String) -> String {
    let mut text = String::from("# The settings in force. Hidden secrets are comments.\n");
    for (section, keys) in settings {
        if let Value::Table(keys) = keys {
            write_section(&quoted(section), section, keys, source, &mut text);
        }
    }
    text
}

/// Writes one section: `name` is its name in TOML, and `path` the path of its settings.
fn write_section(
    name: &str,
    path: &str,
    keys: &Table,
    source: &impl Fn(&str) -> String,
    text: &mut String,
) {
    let _ = writeln!(text, "\n[{name}]");
    for (key, value) in keys.iter().filter(|(_, value)| !value.is_table()) {
        let value = value.to_string();
        let comment = if value.contains(HIDDEN) { "# " } else { "" };
        let source = source(&format!("{path}.{key}"));
        let _ = writeln!(text, "{comment}{} = {value} # {source}", quoted(key));
    }
    for (key, value) in keys {
        if let Value::Table(keys) = value {
            let name = format!("{name}.{}", quoted(key));
            write_section(&name, &format!("{path}.{key}"), keys, source, text);
        }
    }
}

/// A key as TOML writes it.
fn quoted(key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !key.is_empty() && key.bytes().all(is_bare) {
        return key.to_owned();
    }
    let escape = |letter: char| match letter {
        '"' | '\\' => format!("\\{letter}"),
        letter if letter.is_control() => format!("\\u{:04x}", u32::from(letter)),
        letter => letter.to_string(),
    };
    format!("\"{}\"", key.chars().map(escape).collect::<String>())
}
