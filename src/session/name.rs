//! The name that a person gives to a session.

/// A name of 1 to 60 characters, all of which are visible. Spaces around it are removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionName(String);

impl SessionName {
    pub const MAX_LENGTH: usize = 60;

    /// Parses a name. `None` if it is empty, too long, or has characters that change how the text
    /// around it is shown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_good = (1..=Self::MAX_LENGTH).contains(&text.chars().count())
            && !text.chars().any(|letter| letter.is_control() || is_format(letter));
        is_good.then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns true for characters that direct the text around them (Unicode's `Bidi_Control`), end
/// lines, or are invisible. Joiners are allowed: scripts and emoji need them.
fn is_format(letter: char) -> bool {
    matches!(letter,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::SessionName;

    #[test]
    fn name_consists_of_visible_characters() {
        for good in ["Work laptop", "مكتب", "デスク", "👩‍💻", &"x".repeat(60), "it's <b>"]
        {
            assert_eq!(SessionName::parse(good).unwrap().as_str(), good);
        }
        assert_eq!(SessionName::parse("  Work \n").unwrap().as_str(), "Work");
        for bad in ["", " ", "a\nb", "a\0", "a\u{202e}b", "\u{200b}", "a\u{2066}b", &"x".repeat(61)]
        {
            assert_eq!(SessionName::parse(bad), None, "{bad:?}");
        }
    }
}
