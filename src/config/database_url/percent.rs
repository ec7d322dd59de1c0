//! Strict percent-encoding (RFC 3986 §2.1).

use std::fmt::Write as _;

/// The advice in errors.
pub(super) const ENCODE: &str = "percent-encode special characters in names and passwords, such \
                                 as %2F for / and %25 for %";

/// Decodes a text. `None` if a `%` is not followed by two hexadecimal digits, or the result
/// is not UTF-8 or contains a zero byte.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    // A zero byte has no meaning in any part, and ends a string in C.
    String::from_utf8(decoded).ok().filter(|text| !text.contains('\0'))
}

/// Encodes every byte that is not an ASCII letter or digit.
pub(super) fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
