//! Percent-encoding (RFC 3986 §2.1), without leniency.

use std::fmt::Write as _;

/// `None` where a `%` stands for nothing, or the bytes are not UTF-8.
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
    // Nowhere has a zero byte a meaning, and C's texts end there.
    String::from_utf8(decoded).ok().filter(|text| !text.contains('\0'))
}

/// Everything but letters and digits.
pub(super) fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
