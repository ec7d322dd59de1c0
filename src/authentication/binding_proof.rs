//! The proof that a browser has the key of its session: the JWT of a `Secure-Session-Response`
//! header (W3C Device Bound Session Credentials, <https://w3c.github.io/webappsec-dbsc/>).
//!
//! It is a JWS in compact serialization (RFC 7515 §7.1) of the type `dbsc+jwt`. Its claim `jti` is the
//! challenge. A registration has the public key in its header, as `jwk`; a refresh has none, because
//! the service knows the key.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bound_key::{BindingAlgorithm, BoundKey};

/// Enough for a key of 4096 bits, its signature and a challenge, twice over.
const MAX_LENGTH: usize = 4096;
const NO_JWT: InvalidProof = InvalidProof("The proof is not a signed JWT.");
const TYPE: &str = "dbsc+jwt";

/// A proof, whose signature is not verified yet.
pub struct BindingProof<'a> {
    algorithm: BindingAlgorithm,
    /// The public key that it presents.
    key: Option<BoundKey>,
    challenge: String,
    signed: &'a str,
    signature: Vec<u8>,
}

/// Why a proof cannot be one, as clients may read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidProof(pub &'static str);

#[derive(Deserialize)]
struct Header<'a> {
    alg: String,
    typ: String,
    #[serde(borrow)]
    jwk: Option<&'a RawValue>,
    /// Extensions that have to be understood (RFC 7515 §4.1.11). None is.
    #[serde(borrow)]
    crit: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
}

impl<'a> BindingProof<'a> {
    /// Reads a proof from the value of its header: a string of RFC 9651, or the same without quotes.
    pub fn parse(value: &'a str) -> Result<Self, InvalidProof> {
        let text = value.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(value);
        if text.len() > MAX_LENGTH {
            return Err(InvalidProof("The proof is too long."));
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(NO_JWT)?;
        let (header, claims) = signed.split_once('.').ok_or(NO_JWT)?;
        let decode = |part| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| NO_JWT);
        let (header, claims) = (decode(header)?, decode(claims)?);
        let signature = decode(signature)?;
        let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| NO_JWT)?;
        if header.typ != TYPE || header.crit.is_some() {
            return Err(InvalidProof("The proof is not a JWT of the type dbsc+jwt."));
        }
        let algorithm = match &*header.alg {
            "ES256" => BindingAlgorithm::Es256,
            "RS256" => BindingAlgorithm::Rs256,
            _ => return Err(InvalidProof("The proof is not signed with ES256 or RS256.")),
        };
        let key = header.jwk.map(|jwk| jwk.get().parse()).transpose();
        let key = key.map_err(|_| {
            InvalidProof("The key is not one of P-256, or of RSA with 2048 to 4096 bits.")
        })?;
        let Claims { jti: challenge } = serde_json::from_slice(&claims)
            .map_err(|_| InvalidProof("The proof has no challenge."))?;
        Ok(Self { algorithm, key, challenge, signed, signature })
    }

    /// The challenge that it answers.
    #[must_use]
    pub fn challenge(&self) -> &str {
        &self.challenge
    }

    /// The public key that it presents, if it is signed with it.
    pub fn proven_key(&self) -> Result<&BoundKey, InvalidProof> {
        let key = self.key.as_ref().ok_or(InvalidProof("The proof presents no key."))?;
        if self.is_signed_by(key) {
            Ok(key)
        } else {
            Err(InvalidProof("The proof is not signed with the key that it presents."))
        }
    }

    /// Returns whether it is signed with this key.
    #[must_use]
    pub fn is_signed_by(&self, key: &BoundKey) -> bool {
        key.algorithm() == self.algorithm && key.verifies(self.signed.as_bytes(), &self.signature)
    }
}

/// Without the challenge and the signature, which count at other replicas for a while.
impl fmt::Debug for BindingProof<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BindingProof").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
