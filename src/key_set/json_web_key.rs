//! JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037) and their public parts.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Some tools pad the numbers, although RFC 7515 §2 forbids it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key with its private parts, which cannot be printed. Other members are ignored.
#[derive(Debug, Deserialize)]
pub(crate) struct JsonWebKey {
    pub kty: String,
    pub alg: Option<String>,
    pub kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    pub crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    pub d: Option<SecretString>,
    pub p: Option<SecretString>,
    pub q: Option<SecretString>,
    pub dp: Option<SecretString>,
    pub dq: Option<SecretString>,
    pub qi: Option<SecretString>,
    pub k: Option<SecretString>,
}

/// Parses a JSON Web Key Set. The error does not contain any part of it.
pub(crate) fn parse_set(json: &[u8]) -> Result<Vec<JsonWebKey>, String> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<JsonWebKey>,
    }
    let mut set = serde_json::from_slice::<Set>(json).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("expected a JSON Web Key Set, got something else at line {line} column {column}")
    })?;
    for key in &mut set.keys {
        key.kid = key.kid.take().or_else(|| key.thumbprint());
    }
    Ok(set.keys)
}

impl JsonWebKey {
    /// Returns true for a key that can sign, now or after a rotation.
    pub(crate) fn signs(&self) -> bool {
        (self.d.is_some() || self.k.is_some()) && !self.is_for_encryption()
    }

    pub(crate) fn is_for_encryption(&self) -> bool {
        self.purpose.as_deref() == Some("enc")
    }

    /// The SHA-256 thumbprint of an asymmetric key (RFC 7638), as the `kid` of a key without one.
    /// That of a symmetric key would tell something about the key.
    fn thumbprint(&self) -> Option<String> {
        let members = public_members(&self.kty)?;
        let members: BTreeMap<_, _> =
            members.iter().map(|name| (*name, self.member(name))).collect();
        let json = serde_json::to_vec(&members).ok()?;
        Some(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(json)))
    }

    /// The bytes of a public number, such as `x`.
    pub(crate) fn public(&self, name: &str) -> Result<Vec<u8>, String> {
        decode(name, self.member(name))
    }

    fn member(&self, name: &str) -> Option<&str> {
        let member = match name {
            "kty" => return Some(&self.kty),
            "crv" => &self.crv,
            "x" => &self.x,
            "y" => &self.y,
            "n" => &self.n,
            "e" => &self.e,
            _ => return None,
        };
        member.as_deref()
    }
}

/// The members that make a public key (RFC 7638 §3.2). `None` for a type without public keys.
fn public_members(kty: &str) -> Option<&'static [&'static str]> {
    match kty {
        "EC" => Some(&["crv", "kty", "x", "y"]),
        "OKP" => Some(&["crv", "kty", "x"]),
        "RSA" => Some(&["e", "kty", "n"]),
        _ => None,
    }
}

/// The bytes of a private number.
pub(crate) fn private(name: &str, number: Option<&SecretString>) -> Result<Vec<u8>, String> {
    decode(name, number.map(ExposeSecret::expose_secret))
}

fn decode(name: &str, number: Option<&str>) -> Result<Vec<u8>, String> {
    number
        .and_then(|text| BASE64.decode(text).ok())
        .filter(|bytes| !bytes.is_empty())
        .ok_or_else(|| format!("expected the member `{name}` in base64url"))
}

/// The public parts of an asymmetric key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PublicKey {
    kty: String,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
}

impl PublicKey {
    /// `None` for a symmetric key, which has no public part, and for unknown types of keys.
    pub(crate) fn of(key: &JsonWebKey) -> Result<Option<Self>, String> {
        let Some(members) = public_members(&key.kty) else { return Ok(None) };
        for name in members.iter().filter(|name| !matches!(**name, "kty" | "crv")) {
            key.public(name)?;
        }
        let member = |name| members.contains(&name).then(|| key.member(name)).flatten();
        let text = |name| member(name).map(str::to_owned);
        Ok(Some(Self {
            kty: key.kty.clone(),
            purpose: key.purpose.clone(),
            alg: key.alg.clone(),
            kid: key.kid.clone(),
            crv: text("crv"),
            x: text("x"),
            y: text("y"),
            n: text("n"),
            e: text("e"),
        }))
    }
}
