//! Short texts of a request body.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// A text of 1 to `MAX` characters without NUL.
pub(in crate::http::admin) struct Text<const MAX: usize>(pub String);

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() || text.contains('\0') || text.chars().count() > MAX {
            return Err(D::Error::custom(format!("expected 1 to {MAX} characters")));
        }
        Ok(Self(text))
    }
}
