//! The style sheet of the operator, a file of CSS.

use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::config::text_file;

const MAX_BYTES: usize = 256 * 1024;

/// The text of a file by its path. The empty string is `None`.
pub(super) fn stylesheet<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let file = String::deserialize(deserializer)?;
    if file.is_empty() {
        return Ok(None);
    }
    let text = match text_file::read(Path::new(&file)) {
        Ok(text) if text.len() > MAX_BYTES => Err("it is larger than 256 KiB"),
        read => read,
    };
    text.map(Some).map_err(|problem| {
        D::Error::custom(format!("expected a file of CSS, but {file} is none: {problem}"))
    })
}
