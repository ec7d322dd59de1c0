//! The opaque page token.
//!
//! A token is base64url without padding (RFC 4648 §5) of 33 bytes: a version, a kind, the
//! position's `created_at` in nanoseconds since 1970 (12 bytes, big endian), its id (16 bytes),
//! and a checksum: the first 3 bytes of the SHA-256 of all the others. The checksum detects
//! damaged tokens. It is not a signature, and none is needed: a token grants no access, because
//! each page is authorised again.
//!
//! Kratos's own tokens (base64url of `{"offset":"4","v":2}`) are accepted too, as the offset
//! that they contain.

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::pagination::cursor::Cursor;
use crate::pagination::position::Position;

const VERSION: u8 = 1;
const BODY_LENGTH: usize = 30;
const CHECKSUM_LENGTH: usize = 3;
const MAX_TOKEN_LENGTH: usize = 64;

/// The text is not a page token of this service or of Kratos. The error has no details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a page token")]
pub struct InvalidPageToken;

impl Cursor {
    /// The token for this cursor. `None` for a cursor that needs no token (the beginning) or is
    /// never handed out (an offset).
    #[must_use]
    pub fn to_token(self) -> Option<String> {
        let (kind, position) = match self {
            Self::After(position) => (0, position),
            Self::Before(position) => (1, position),
            Self::End => (2, Position { created_at: OffsetDateTime::UNIX_EPOCH, id: Uuid::nil() }),
            Self::Beginning | Self::Offset(_) => return None,
        };
        let mut bytes = [0; BODY_LENGTH + CHECKSUM_LENGTH];
        bytes[0] = VERSION;
        bytes[1] = kind;
        bytes[2..14]
            .copy_from_slice(&position.created_at.unix_timestamp_nanos().to_be_bytes()[4..]);
        bytes[14..BODY_LENGTH].copy_from_slice(position.id.as_bytes());
        let checksum = checksum(&bytes[..BODY_LENGTH]);
        bytes[BODY_LENGTH..].copy_from_slice(&checksum);
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Parses a token of [`Cursor::to_token`], or one of Kratos's.
    pub fn from_token(text: &str) -> Result<Self, InvalidPageToken> {
        if text.len() > MAX_TOKEN_LENGTH {
            return Err(InvalidPageToken);
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .or_else(|_| URL_SAFE.decode(text))
            .map_err(|_| InvalidPageToken)?;
        match <[u8; BODY_LENGTH + CHECKSUM_LENGTH]>::try_from(bytes.as_slice()) {
            Ok(own) if own[0] == VERSION => decode(&own),
            _ => decode_kratos(&bytes),
        }
        .ok_or(InvalidPageToken)
    }
}

fn decode(bytes: &[u8; BODY_LENGTH + CHECKSUM_LENGTH]) -> Option<Cursor> {
    let (body, expected_checksum) = bytes.split_at(BODY_LENGTH);
    if checksum(body) != expected_checksum {
        return None;
    }
    // The number is unsigned: every row is younger than 1970, and not every database can
    // compare with an earlier year.
    let mut nanoseconds = [0; 16];
    nanoseconds[4..].copy_from_slice(&body[2..14]);
    let position = Position {
        created_at: OffsetDateTime::from_unix_timestamp_nanos(i128::from_be_bytes(nanoseconds))
            .ok()?,
        id: Uuid::from_slice(&body[14..]).ok()?,
    };
    match body[1] {
        0 => Some(Cursor::After(position)),
        1 => Some(Cursor::Before(position)),
        2 => Some(Cursor::End),
        _ => None,
    }
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let digest = Sha256::digest(body);
    [digest[0], digest[1], digest[2]]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KratosToken<'a> {
    offset: &'a str,
    v: u8,
}

fn decode_kratos(bytes: &[u8]) -> Option<Cursor> {
    let token: KratosToken = serde_json::from_slice(bytes).ok()?;
    if token.v != 2 {
        return None;
    }
    token.offset.parse().ok().map(Cursor::Offset)
}
