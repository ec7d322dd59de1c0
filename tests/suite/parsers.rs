//! The functions of `fuzz/`, with bytes of all kinds: none of them panics.

use proptest::prelude::*;

#[path = "../../fuzz/functions.rs"]
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
        functions::configuration(&bytes);
    }

    #[test]
    fn forwarded_addresses(bytes in bytes()) {
        functions::forwarded(&bytes);
    }
}
