//! The fuzzed functions of `fuzz/`: none of them panics, whatever the bytes.

use proptest::prelude::*;

#[path = "../../../fuzz/functions.rs"]
pub mod functions;

/// Arbitrary bytes, and texts that resemble valid input.
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
    fn cookie_parser_never_panics(bytes in bytes()) {
        functions::cookie(&bytes);
    }

    #[test]
    fn cookie_content_parser_never_panics(bytes in bytes()) {
        functions::gob(&bytes);
    }

    #[test]
    fn page_token_parser_never_panics(bytes in bytes()) {
        functions::page_token(&bytes);
    }

    #[test]
    fn settings_parser_never_panics(bytes in bytes()) {
        for choice in 0..functions::SETTINGS.len() {
            functions::configuration(&[&[u8::try_from(choice).unwrap()], bytes.as_slice()].concat());
        }
    }

    #[test]
    fn forwarded_address_parser_never_panics(bytes in bytes()) {
        functions::forwarded(&bytes);
    }

    #[test]
    fn host_parser_never_panics(bytes in bytes()) {
        functions::host(&bytes);
    }

    #[test]
    fn authorization_parser_never_panics(bytes in bytes()) {
        functions::authorization(&bytes);
        functions::authorization(&[b"Bearer ", bytes.as_slice()].concat());
    }

    #[test]
    fn binding_proof_parser_never_panics(bytes in bytes(), claims in bytes()) {
        use base64::Engine as _;
        use base64::prelude::BASE64_URL_SAFE_NO_PAD;
        functions::binding_proof(&bytes);
        // The same bytes as the parts of a proof.
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let proof = [encode(&bytes), encode(&claims), encode(&bytes)].join(".");
        functions::binding_proof(proof.as_bytes());
        let header = format!(r#"{{"alg":"ES256","typ":"dbsc+jwt","jwk":{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}}}"#, encode(&bytes), encode(&claims));
        let proof = [encode(header.as_bytes()), encode(br#"{"jti":"a"}"#), encode(&claims)].join(".");
        functions::binding_proof(proof.as_bytes());
    }

    #[test]
    fn bound_cookie_parser_never_panics(bytes in bytes()) {
        functions::bound_cookie(&bytes);
    }

    #[test]
    fn credentials_parser_never_panics(lines in prop::collection::vec(bytes(), 0..4)) {
        functions::credentials(&lines.join(&b'\n'));
    }
}
