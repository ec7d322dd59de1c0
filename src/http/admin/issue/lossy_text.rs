//! Texts that a browser or an app has chosen: any bytes are accepted.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// A text in which each half of a surrogate pair, and everything else that is not UTF-8, is
/// U+FFFD. serde_json refuses such texts as `String`, and reads them as bytes.
pub(super) struct LossyText(pub String);

impl<'de> Deserialize<'de> for LossyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(BytesOfText)
    }
}

struct BytesOfText;

impl Visitor<'_> for BytesOfText {
    type Value = LossyText;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<LossyText, E> {
        let mut bytes = bytes.to_vec();
        replace_surrogates(&mut bytes);
        Ok(LossyText(String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// Replaces surrogates in WTF-8 (<https://simonsapin.github.io/wtf-8/>), which have as many bytes
/// as U+FFFD. Otherwise, each byte would become a U+FFFD of its own.
fn replace_surrogates(bytes: &mut [u8]) {
    const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(|byte| *byte == 0xed) {
        rest = &mut rest[start..];
        if let [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] = rest {
            rest[..REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
        }
        rest = &mut rest[1..];
    }
}

#[cfg(test)]
mod tests {
    use super::LossyText;

    #[test]
    fn any_bytes_are_a_text() {
        for (json, text) in [
            (&br#""a""#[..], "a"),
            (br#""\ud83d\ude00""#, "\u{1f600}"),
            (br#""a \ud83d""#, "a \u{fffd}"),
            (br#""\ud83d\n\ude00b""#, "\u{fffd}\n\u{fffd}b"),
            (br#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (br#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (br#""\udfff\ud7ff\ue000""#, "\u{fffd}\u{d7ff}\u{e000}"),
            (b"\"\xed\x9f\xbf\xed\"", "\u{d7ff}\u{fffd}"),
            (b"\"caf\xe9 \xff\x01\t\"", "caf\u{fffd} \u{fffd}\u{1}\t"),
        ] {
            let read: LossyText = serde_json::from_slice(json).unwrap();
            assert_eq!(read.0, text);
        }
        for wrong in [&b"1"[..], b"null", b"[97]", b"{}", b"\"", br#""\x""#] {
            assert!(serde_json::from_slice::<LossyText>(wrong).is_err());
        }
    }
}
