//! The functions of `fuzz/`, with bytes of all kinds: none of them panics.

use proptest::prelude::*;

#[path = "../../../fuzz/functions.rs"]
pub mod functions;

/// Bytes, and texts that are a little like what is meant.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        "[A-Za-z0-9+/_=|.%\"-]{0,400}".prop_map(String::into_bytes),
        "[0-9a-f:., \\[\\]]{0,80}".prop_map(String::into_bytes),
        "\\PC{0,100}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn cookies(bytes in bytes()) {
        functions::cookie(&bytes);
    }

    #[test]
    fn contents_of_cookies(bytes in bytes()) {
        functions::gob(&bytes);
    }

    #[test]
    fn page_tokens(bytes in bytes()) {
        functions::page_token(&bytes);
    }

    #[test]
    fn settings(bytes in bytes()) {
        for choice in 0..functions::SETTINGS.len() {
            functions::configuration(&[&[u8::try_from(choice).unwrap()], bytes.as_slice()].concat());
        }
    }

    #[test]
    fn forwarded_addresses(bytes in bytes()) {
        functions::forwarded(&bytes);
    }

    #[test]
    fn hosts(bytes in bytes()) {
        functions::host(&bytes);
    }

    #[test]
    fn authorization(bytes in bytes()) {
        functions::authorization(&bytes);
        functions::authorization(&[b"Bearer ", bytes.as_slice()].concat());
    }

    #[test]
    fn credentials(lines in prop::collection::vec(bytes(), 0..4)) {
        functions::credentials(&lines.join(&b'\n'));
    }
}
