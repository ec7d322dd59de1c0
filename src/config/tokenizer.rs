//! The templates of JWTs: the settings below `session.tokenizer.templates`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use serde::Deserialize;
use toml::{Table, Value};

use crate::config::deserializers;

/// The templates by their names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokenizer {
    pub templates: BTreeMap<String, Template>,
}

/// A template: how `whoami?tokenize_as=NAME` makes a JWT of a session.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    #[serde(deserialize_with = "deserializers::duration")]
    pub ttl: Duration,
    pub jwks_url: Source,
    #[serde(deserialize_with = "deserializers::none_if_empty")]
    pub claims_mapper_url: Option<Source>,
    pub subject_source: SubjectSource,
}

/// The field of the identity that becomes the claim `sub`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectSource {
    Id,
    ExternalId,
}

/// Content in the settings themselves (`base64://`) or in a file (`file://`). Cannot be printed.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "SecretString")]
pub enum Source {
    Inline(SecretSlice<u8>),
    File(PathBuf),
}

impl Source {
    const INLINE: &str = "base64://";
    const FILE: &str = "file://";
    /// The maximum length of a file, so that a wrong path cannot exhaust the memory.
    const MAX_LENGTH: u64 = 1024 * 1024;

    pub fn read(&self) -> io::Result<SecretSlice<u8>> {
        let path = match self {
            Self::Inline(content) => return Ok(content.clone()),
            Self::File(path) => path,
        };
        let mut content = Vec::new();
        let read = File::open(path)
            .and_then(|file| file.take(Self::MAX_LENGTH + 1).read_to_end(&mut content));
        match read {
            Ok(length) if length as u64 > Self::MAX_LENGTH => {
                Err(io::Error::other(format!("{} is larger than 1 MiB", path.display())))
            }
            Ok(_) => Ok(without_mark(content).into()),
            Err(error) => Err(io::Error::other(format!("cannot read {}: {error}", path.display()))),
        }
    }
}

/// Content without the byte order mark with which some editors begin a file.
fn without_mark(mut content: Vec<u8>) -> Vec<u8> {
    const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
    if content.starts_with(&BYTE_ORDER_MARK) {
        content.drain(..BYTE_ORDER_MARK.len());
    }
    content
}

impl TryFrom<SecretString> for Source {
    type Error = String;

    fn try_from(url: SecretString) -> Result<Self, String> {
        /// Both alphabets, with or without padding: Kratos accepts the standard one.
        const ENGINES: [GeneralPurpose; 2] = {
            let any = GeneralPurposeConfig::new()
                .with_decode_padding_mode(DecodePaddingMode::Indifferent);
            [GeneralPurpose::new(&STANDARD, any), GeneralPurpose::new(&URL_SAFE, any)]
        };
        let url = url.expose_secret();
        if let Some(path) = url.strip_prefix(Self::FILE).filter(|path| !path.is_empty()) {
            return Ok(Self::File(path.into()));
        }
        // The value is not part of the error, because it may be a private key.
        let expected = || "expected `base64://` and content in base64, or `file://` and a path";
        let content = url.strip_prefix(Self::INLINE).filter(|content| !content.is_empty());
        let content = content.ok_or_else(expected)?;
        let decoded = ENGINES.iter().find_map(|engine| engine.decode(content).ok());
        Ok(Self::Inline(decoded.ok_or_else(expected)?.into()))
    }
}

/// The settings of a template that sets none of them. An empty URL is refused for the key set.
pub(super) fn default_template() -> Table {
    [("ttl", "1m"), ("jwks_url", ""), ("claims_mapper_url", ""), ("subject_source", "id")]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), Value::String(value.to_owned())))
        .collect()
}

/// The form in which a source is shown: a path, but no content.
pub(super) fn shown(url: &str) -> &str {
    if url.starts_with(Source::INLINE) { "base64://(hidden)" } else { url }
}
