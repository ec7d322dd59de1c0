//! Names that another server chose, as a terminal may show them.

use std::fmt;

/// Longer names are cut off.
const MAX_LENGTH: usize = 64;

/// A name without control characters. A slash is escaped as in JSON pointers (RFC 6901).
pub(super) struct Name<'a>(pub &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars().take(MAX_LENGTH) {
            match letter {
                '~' => formatter.write_str("~0")?,
                '/' => formatter.write_str("~1")?,
                ' '..='}' => write!(formatter, "{letter}")?,
                _ => write!(formatter, "{}", letter.escape_default())?,
            }
        }
        if self.0.chars().nth(MAX_LENGTH).is_some() { formatter.write_str("…") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_control_a_terminal() {
        assert_eq!(Name("first name").to_string(), "first name");
        assert_eq!(Name("a/b~\u{1b}[2J\n\u{202e}").to_string(), "a~1b~0\\u{1b}[2J\\n\\u{202e}");
        assert_eq!(Name(&"x".repeat(65)).to_string(), format!("{}…", "x".repeat(64)));
    }
}
