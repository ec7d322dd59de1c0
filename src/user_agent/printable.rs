//! Text without the characters that could change how its surroundings look.

use std::borrow::Cow;

/// Format characters (Unicode category Cf), which are invisible, and code points that Unicode
/// reserves for more of them. Among them are those that change the direction of text.
const FORMAT: [(char, char); 19] = [
    ('\u{AD}', '\u{AD}'),
    ('\u{600}', '\u{605}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{6DD}', '\u{6DD}'),
    ('\u{70F}', '\u{70F}'),
    ('\u{890}', '\u{891}'),
    ('\u{8E2}', '\u{8E2}'),
    ('\u{180E}', '\u{180E}'),
    ('\u{200B}', '\u{200F}'),
    ('\u{202A}', '\u{202E}'),
    ('\u{2060}', '\u{206F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFF9}', '\u{FFFB}'),
    ('\u{110BD}', '\u{110BD}'),
    ('\u{110CD}', '\u{110CD}'),
    ('\u{13430}', '\u{1343F}'),
    ('\u{1BCA0}', '\u{1BCA3}'),
    ('\u{1D173}', '\u{1D17A}'),
    ('\u{E0000}', '\u{E0FFF}'),
];

/// Removes format characters. Control characters and separators of lines and paragraphs become
/// spaces, because they separate words.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| is_format(c) || is_separator(c)) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter(|c| !is_format(*c));
    kept.map(|c| if is_separator(c) { ' ' } else { c }).collect()
}

fn is_format(c: char) -> bool {
    !c.is_ascii() && FORMAT.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

fn is_separator(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}
