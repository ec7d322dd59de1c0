//! JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037) and their public parts.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// Some tools pad the numbers, although RFC 7515 §2 forbids it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key with its private parts, which cannot be printed. Other members are ignored.
#[derive(Debug, Deserialize)]
pub(super) struct JsonWebKey {
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
pub(super) fn parse_set(json: &[u8]) -> Result<Vec<JsonWebKey>, String> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<JsonWebKey>,
    }
    let set = serde_json::from_slice::<Set>(json).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("expected a JSON Web Key Set, got something else at line {line} column {column}")
    })?;
    Ok(set.keys)
}

impl JsonWebKey {
    /// The bytes of a public number, such as `x`.
    pub(super) fn public(&self, name: &str) -> Result<Vec<u8>, String> {
        let number = match name {
            "x" => &self.x,
            "y" => &self.y,
            "n" => &self.n,
            "e" => &self.e,
            _ => &None,
        };
        decode(name, number.as_deref())
    }
}

/// The bytes of a private number.
pub(super) fn private(name: &str, number: Option<&SecretString>) -> Result<Vec<u8>, String> {
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
pub(super) struct PublicKey {
    kty: String,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
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
    pub(super) fn of(key: &JsonWebKey) -> Option<Self> {
        let public = matches!(key.kty.as_str(), "EC" | "OKP" | "RSA");
        public.then(|| Self {
            kty: key.kty.clone(),
            purpose: key.purpose.clone(),
            alg: key.alg.clone(),
            kid: key.kid.clone(),
            crv: key.crv.clone(),
            x: key.x.clone(),
            y: key.y.clone(),
            n: key.n.clone(),
            e: key.e.clone(),
        })
    }
}
