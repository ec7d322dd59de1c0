//! Standard output of the commands: text for people, or JSON for programs.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};
use std::io;
use std::io::{ErrorKind, Write as _};

use serde_json::Value;

use crate::cli::CliError;

/// Prints text as it is. A reader that closes the pipe early, such as `head`, has what it wanted:
/// the rest is dropped, and the command goes on to its end and its exit code.
pub(super) fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(CliError::Failed(format!("cannot write to standard output: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints a line of text.
pub(super) fn print_line(line: impl Display) -> Result<(), CliError> {
    print(&format!("{line}\n"))
}

/// Prints lines of text.
pub(super) fn print_lines(lines: &[String]) -> Result<(), CliError> {
    print(&lines.iter().flat_map(|line| [line, "\n"]).collect::<String>())
}

/// Prints JSON on one line. Characters that could control a terminal are escaped: they occur in
/// strings only, where an escape means the same.
pub(super) fn print_json(value: &Value) -> Result<(), CliError> {
    let mut escaped = String::new();
    for letter in value.to_string().chars() {
        if is_unprintable(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(letter);
        }
    }
    print_line(escaped)
}

/// Text of a client, without the characters that could control a terminal.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if text.contains(is_unprintable) {
        text.replace(is_unprintable, "").into()
    } else {
        text.into()
    }
}

/// Returns true for control characters, for those that change the direction of text, and for
/// others that are invisible.
fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// A number of things, such as `1 session` or `2 sessions`.
pub(super) fn count(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
