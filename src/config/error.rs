//! The error of a wrong setting.

/// One line: the key, the expected value, and the source of the wrong one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// A text without line breaks and other control characters.
pub(super) fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join("; ").replace(char::is_control, " ")
}
