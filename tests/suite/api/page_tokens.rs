//! Page tokens: opaque, versioned, and refused if damaged.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use elsewhere::pagination::{Cursor, Position};
use proptest::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

fn cursors() -> impl Strategy<Value = Cursor> {
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
fn kratos_token_gives_its_offset() {
    for (json, expected) in [
        (r#"{"offset":"4","v":2}"#, Some(Cursor::Offset(4))),
        (r#"{"offset":"0","v":2}"#, Some(Cursor::Offset(0))),
        (r#"{"offset":"-250","v":2}"#, None),
        (r#"{"offset":"4","v":3}"#, None),
        (r#"{"offset":4,"v":2}"#, None),
        (r#"{"v":2}"#, None),
        ("[]", None),
    ] {
        let token = URL_SAFE_NO_PAD.encode(json);
        assert_eq!(Cursor::from_token(&token).ok(), expected, "{json}");
    }
}

#[test]
fn beginning_and_offset_have_no_token() {
    assert_eq!(Cursor::Beginning.to_token(), None);
    assert_eq!(Cursor::Offset(3).to_token(), None);
}

#[test]
fn token_of_another_version_is_refused() {
    let token = Cursor::End.to_token().unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
    bytes[0] = 2;
    assert!(Cursor::from_token(&URL_SAFE_NO_PAD.encode(bytes)).is_err());
}

proptest! {
    #[test]
    fn token_is_read_as_it_was_written(cursor in cursors()) {
        let token = cursor.to_token().unwrap();
        prop_assert!(token.len() <= 64);
        prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        prop_assert_eq!(Cursor::from_token(&token), Ok(cursor));
    }

    /// A changed token passes the checksum of three bytes once in 16 million times. It is
    /// then another valid token, which grants no access.
    #[test]
    fn truncated_or_lengthened_token_is_refused(cursor in cursors(), at in 0..44_usize) {
        let token = cursor.to_token().unwrap();
        prop_assert!(Cursor::from_token(&token[..at]).is_err());
        let longer = format!("{}{}", token, &token[..=at]);
        prop_assert!(Cursor::from_token(&longer).is_err());
    }

    #[test]
    fn token_with_a_flipped_bit_is_refused(cursor in cursors(), bit in 0..240_usize) {
        let mut bytes = URL_SAFE_NO_PAD.decode(cursor.to_token().unwrap()).unwrap();
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(Cursor::from_token(&URL_SAFE_NO_PAD.encode(bytes)).is_err());
    }

    #[test]
    fn arbitrary_text_is_refused(text in "\\PC{0,200}") {
        prop_assume!(!text.is_empty());
        prop_assert!(Cursor::from_token(&text).is_err());
    }
}
