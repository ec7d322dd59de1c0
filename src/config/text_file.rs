//! Files of settings, secrets and texts, as editors of any system write them.

use std::path::Path;
use std::{fs, io};

const BYTE_ORDER_MARK: char = '\u{feff}';
const UTF_16: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// Reads a file without its byte order mark. The error is the reason in plain words.
pub(super) fn read(path: &Path) -> Result<String, &'static str> {
    let bytes = fs::read(path).map_err(|error| reason(&error))?;
    if UTF_16.iter().any(|mark| bytes.starts_with(mark)) {
        return Err("it is UTF-16; save it as UTF-8");
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8")?;
    Ok(match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(text) => text.to_owned(),
        None => text,
    })
}

/// The reason why a file cannot be read, in plain words.
pub(super) fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file",
        io::ErrorKind::PermissionDenied => "permission denied",
        io::ErrorKind::IsADirectory => "it is a directory",
        io::ErrorKind::InvalidFilename => "its name is too long",
        _ => "it is not a readable file",
    }
}
