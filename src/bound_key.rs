//! The public key of a device to which a session is bound: a JSON Web Key (RFC 7517) for ES256 or
//! RS256 (RFC 7518 §3.1), the algorithms of device-bound sessions.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use time::OffsetDateTime;

/// The length of a coordinate of P-256, in bytes.
const COORDINATE: usize = 32;
/// RFC 7518 §3.3 requires 2048 bits. Longer keys than 4096 bits would only cost time.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;
/// All usual exponents have 1 or 3 bytes.
const MAX_EXPONENT: usize = 4;

/// A public key that can verify.
#[derive(Clone, PartialEq, Eq)]
pub struct BoundKey {
    /// The required members only, in lexicographic order (RFC 7638 §3), so that equal keys have
    /// equal texts.
    json: String,
    numbers: Numbers,
}

#[derive(Clone, PartialEq, Eq)]
enum Numbers {
    /// The uncompressed point (SEC 1 §2.3.3).
    P256(Vec<u8>),
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
}

/// An algorithm with which a device signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingAlgorithm {
    Es256,
    Rs256,
}

/// A session is bound to a key, by a client that proved to have its private part.
#[derive(Debug, Clone)]
pub struct SessionBinding {
    pub key: BoundKey,
    pub at: OffsetDateTime,
    /// The client that was bound, as it calls itself. Not stored with the session.
    pub user_agent: Option<String>,
}

impl PartialEq for SessionBinding {
    /// A session stays bound to one key, whenever it was bound to it.
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

/// The text is no key that can verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a public key of P-256, or of RSA with 2048 to 4096 bits")]
pub struct InvalidKey;

/// The members of either type. Others, such as `use`, are ignored.
#[derive(Deserialize)]
#[serde(tag = "kty")]
enum WireKey {
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
    #[serde(rename = "RSA")]
    Rsa { e: String, n: String },
}

impl BoundKey {
    /// The key as JSON, as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.json
    }

    /// The only algorithm with which this key may be used.
    #[must_use]
    pub fn algorithm(&self) -> BindingAlgorithm {
        match self.numbers {
            Numbers::P256(_) => BindingAlgorithm::Es256,
            Numbers::Rsa { .. } => BindingAlgorithm::Rs256,
        }
    }

    /// Returns whether the private part of this key has signed the message.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.numbers {
            Numbers::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(message, signature)
                .is_ok(),
            Numbers::Rsa { modulus, exponent } => PublicKeyComponents { n: modulus, e: exponent }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }
}

impl FromStr for BoundKey {
    type Err = InvalidKey;

    fn from_str(json: &str) -> Result<Self, InvalidKey> {
        let key: WireKey = serde_json::from_str(json).map_err(|_| InvalidKey)?;
        let (numbers, json) = match &key {
            WireKey::Ec { crv, x, y } if crv == "P-256" => {
                let coordinates = [number(x)?, number(y)?];
                if coordinates.iter().any(|one| one.len() != COORDINATE) {
                    return Err(InvalidKey);
                }
                let json = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
                (Numbers::P256([vec![4], coordinates.concat()].concat()), json)
            }
            WireKey::Ec { .. } => return Err(InvalidKey),
            WireKey::Rsa { e, n } => {
                let (exponent, modulus) = (number(e)?, number(n)?);
                let has_length = MODULUS.contains(&modulus.len()) && exponent.len() <= MAX_EXPONENT;
                // A leading zero would be another text of the same key.
                if !has_length || modulus.first() == Some(&0) || exponent.first() == Some(&0) {
                    return Err(InvalidKey);
                }
                let json = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
                (Numbers::Rsa { modulus, exponent }, json)
            }
        };
        Ok(Self { json, numbers })
    }
}

/// Decodes a number. Base64url has one text for it, so that the text needs no escape in JSON.
fn number(text: &str) -> Result<Vec<u8>, InvalidKey> {
    let number = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidKey)?;
    if number.is_empty() { Err(InvalidKey) } else { Ok(number) }
}

impl fmt::Debug for BoundKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BoundKey").field(&self.algorithm()).finish()
    }
}
