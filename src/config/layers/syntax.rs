//! TOML syntax. An error names the key, as far as the file has one.

use std::ops::Range;

use toml::Table;

use crate::config::error::{ConfigError, one_line};

/// The parser's message about a key or section that stands in the file twice.
const DUPLICATE: &str = "duplicate key";

/// Parses a file. `is_known` returns true for the paths of sections and settings.
pub(super) fn parse(
    text: &str,
    name: &str,
    is_known: impl Fn(&str) -> bool,
) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| {
        let at = error.span().unwrap_or_default();
        let line = 1 + text.get(..at.start).unwrap_or_default().matches('\n').count();
        let message = one_line(error.message());
        let problem = match &*message {
            DUPLICATE => "set twice: remove one of them",
            // Only an integer that fits no type has a wrong type while it is parsed.
            message if message.starts_with("invalid type: integer") => "expected a smaller number",
            message => message,
        };
        // Any other text may be the value of a secret, or a part of it.
        let key = key_at(text, &at).filter(|key| message == DUPLICATE || is_known(key));
        ConfigError(match key {
            Some(key) => format!("{key}: {problem} (from {name}, line {line})"),
            None => format!("{name}: line {line}: {problem}"),
        })
    })
}

/// The path of the section or key on the line of this place, if it is in words without quotes.
fn key_at(text: &str, place: &Range<usize>) -> Option<String> {
    let start = text.get(..place.start)?.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..)?.lines().next()?;
    if let Some(section) = section(line) {
        return Some(section.to_owned());
    }
    let key = bare(line.split_once('=')?.0)?;
    let section = text.get(..start)?.lines().rev().find_map(section)?;
    Some(format!("{section}.{key}"))
}

fn section(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('[')?;
    bare(rest.trim_start_matches('[').split_once(']')?.0)
}

fn bare(key: &str) -> Option<&str> {
    let is_bare = |byte: u8| byte.is_ascii_lowercase() || b"_.".contains(&byte);
    let key = key.trim();
    (!key.is_empty() && key.bytes().all(is_bare)).then_some(key)
}
