//! Serialization of wire types.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// Serializes a wire type. This cannot fail, because wire types contain only texts, ids, times and
/// validated JSON.
pub(super) fn raw(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).unwrap_or_default()
}

/// Serializes a value into a buffer whose capacity is an estimate of the length.
pub(super) fn bytes(value: &impl Serialize, usual_length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(usual_length);
    serde_json::to_writer(&mut bytes, value).map(|()| bytes).unwrap_or_default()
}
