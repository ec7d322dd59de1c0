//! The picture of the operator: an SVG or PNG file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::config::text_file;

const MAX_BYTES: u64 = 256 * 1024;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A picture that browsers show.
#[derive(Debug, Clone)]
pub struct Logo {
    pub bytes: Vec<u8>,
    pub media_type: &'static str,
}

impl Logo {
    /// Reads a file. The error is the reason in plain words.
    fn read(path: &Path) -> Result<Self, &'static str> {
        let file = File::open(path).map_err(|error| text_file::reason(&error))?;
        let mut bytes = Vec::new();
        let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| text_file::reason(&error))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err("it is larger than 256 KiB");
        }
        let media_type = media_type(&bytes).ok_or("it is neither SVG nor PNG")?;
        Ok(Self { bytes, media_type })
    }
}

/// The type of a picture, by its content: browsers do not trust names of files either.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(PNG) {
        return Some("image/png");
    }
    let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}').trim_start();
    let is_xml =
        ["<svg", "<?xml", "<!--", "<!DOCTYPE svg"].iter().any(|start| text.starts_with(start));
    (is_xml && text.contains("<svg")).then_some("image/svg+xml")
}

/// A picture by the path of its file. The empty string is `None`.
pub(super) fn logo<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Logo>, D::Error> {
    let file = String::deserialize(deserializer)?;
    if file.is_empty() {
        return Ok(None);
    }
    Logo::read(Path::new(&file)).map(Some).map_err(|problem| {
        D::Error::custom(format!("expected an SVG or PNG file, but {file} is none: {problem}"))
    })
}
