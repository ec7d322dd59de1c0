//! Names of authentication methods that Kratos does not know.

use serde::Deserialize;

/// The name of an operator's own method: 1 to 32 lower-case letters, digits and underscores.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct OwnMethodName(String);

impl TryFrom<String> for OwnMethodName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if (1..=32).contains(&name.len()) && name.bytes().all(is_plain) {
            Ok(Self(name))
        } else {
            Err(format!(
                "expected a name of 1 to 32 lower-case letters, digits and underscores, got `{name}`"
            ))
        }
    }
}

impl OwnMethodName {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
