//! JSON objects that a login system stores with an identity.

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::http::extract::json;
use crate::session::Json;

/// A JSON object without NUL characters, because some databases refuse them. Other limits differ
/// between databases, and each database enforces its own.
pub(in crate::http::admin) struct Object(pub Json);

/// Metadata of a session: a JSON object of at most 4 KiB.
pub(in crate::http::admin) struct Metadata(pub Json);

impl Metadata {
    const MAX_LENGTH: usize = 4096;
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(json) = Object::deserialize(deserializer)?;
        if json.get().len() > Self::MAX_LENGTH {
            let max = Self::MAX_LENGTH;
            return Err(D::Error::custom(format!("expected at most {max} bytes")));
        }
        Ok(Self(json))
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The text is kept as it is, with all digits of its numbers.
        let json = Box::<RawValue>::deserialize(deserializer)?;
        let mut text = serde_json::Deserializer::from_str(json.get());
        let value = serde_path_to_error::deserialize(&mut text);
        let value = value.map_err(|error| D::Error::custom(json::located(&error)))?;
        if !matches!(value, Value::Object(_)) {
            return Err(D::Error::custom("expected an object"));
        }
        match nul_in(&value) {
            None => Ok(Self(json)),
            Some(path) => {
                let path = path.trim_start_matches('.');
                Err(D::Error::custom(format!("expected no NUL character, got one at '{path}'")))
            }
        }
    }
}

/// The path of a text with NUL in the value. The recursion is bounded by the depth that
/// serde_json accepts.
fn nul_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| Some(format!("[{index}]{}", nul_in(item)?)))
        }
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let inner = if name.contains('\0') { String::new() } else { nul_in(value)? };
            Some(format!(".{}{inner}", name.replace('\0', "\\u0000")))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
