//! The page token: opaque, versioned, and refused where it is damaged.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use elsewhere::pagination::{Cursor, Position};
use proptest::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

fn starts() -> impl Strategy<Value = Cursor> {
    let instants = 0..253_402_300_799_999_999_999_i128;
    let positions = (instants, any::<u128>()).prop_map(|(nanoseconds, id)| Position {
        created_at: OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap(),
        id: Uuid::from_u128(id),
    });
    prop_oneof![
        positions.clone().prop_map(Cursor::After),
        positions.prop_map(Cursor::Before),
        Just(Cursor::End),
    ]
}

#[test]
fn reads_the_offset_in_a_token_of_kratos() {
    for (json, start) in [
        (r#"{"offset":"4","v":2}"#, Some(Cursor::Offset(4))),
        (r#"{"offset":"0","v":2}"#, Some(Cursor::Offset(0))),
        (r#"{"offset":"-250","v":2}"#, None),
        (r#"{"offset":"4","v":3}"#, None),
        (r#"{"offset":4,"v":2}"#, None),
        (r#"{"v":2}"#, None),
        ("[]", None),
    ] {
        let token = URL_SAFE_NO_PAD.encode(json);
        assert_eq!(Cursor::from_token(&token).ok(), start, "{json}");
    }
}

#[test]
fn beginnings_and_offsets_need_none() {
    assert_eq!(Cursor::Beginning.to_token(), None);
    assert_eq!(Cursor::Offset(3).to_token(), None);
}

#[test]
fn another_version_is_refused() {
    let token = Cursor::End.to_token().unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
    bytes[0] = 2;
    assert!(Cursor::from_token(&URL_SAFE_NO_PAD.encode(bytes)).is_err());
}

proptest! {
    #[test]
    fn is_read_as_it_was_written(start in starts()) {
        let token = start.to_token().unwrap();
        prop_assert!(token.len() <= 64);
        prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        prop_assert_eq!(Cursor::from_token(&token), Ok(start));
    }

    /// One changed byte passes the sum of three bytes once in 16 million times,
    /// and then is another good token, which carries no right.
    #[test]
    fn is_refused_when_it_was_cut_or_lengthened(start in starts(), at in 0..44_usize) {
        let token = start.to_token().unwrap();
        prop_assert!(Cursor::from_token(&token[..at]).is_err());
        let longer = format!("{}{}", token, &token[..=at]);
        prop_assert!(Cursor::from_token(&longer).is_err());
    }

    #[test]
    fn is_refused_when_a_bit_was_flipped(start in starts(), bit in 0..240_usize) {
        let mut bytes = URL_SAFE_NO_PAD.decode(start.to_token().unwrap()).unwrap();
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(Cursor::from_token(&URL_SAFE_NO_PAD.encode(bytes)).is_err());
    }

    #[test]
    fn other_text_is_refused(text in "\\PC{0,200}") {
        prop_assume!(!text.is_empty());
        prop_assert!(Cursor::from_token(&text).is_err());
    }
}
