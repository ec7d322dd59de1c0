//! Keys that sign JWTs: the algorithms of RFC 7518 §3.1 and RFC 8037, by aws-lc-rs.
//!
//! No library of JOSE on this cryptographic provider has ES512, which Kratos's key sets use. The
//! signing input and the encodings of signatures are those of RFC 7515 and RFC 7518.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::key_set::json_web_key::{JsonWebKey, private};

/// RFC 7518 §3.3 requires 2048 bits of RSA keys.
const MIN_RSA_BYTES: usize = 256;

/// A private or symmetric key and its algorithm.
pub(crate) struct SigningKey {
    /// The header of each type of JWT, encoded.
    headers: [String; 2],
    key: Key,
}

/// The type of a JWT, which keeps one from being taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenType {
    Jwt,
    /// RFC 8417 §2.3.
    SecurityEvent,
}

/// A token could not be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("failed to sign")]
pub(crate) struct SigningFailed;

enum Key {
    Hmac(Box<hmac::Key>),
    Rsa(Box<RsaKeyPair>, &'static dyn RsaEncoding),
    Ec(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

/// The header of a JWT.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    typ: &'a str,
}

impl SigningKey {
    /// The error says what was expected, and contains no part of the key.
    pub(crate) fn new(jwk: &JsonWebKey) -> Result<Self, String> {
        if jwk.is_for_encryption() {
            return Err("expected a key for signatures".to_owned());
        }
        let alg = jwk.alg.as_deref().unwrap_or_default();
        let key = match alg {
            "ES256" => ec(jwk, "P-256", 32, &ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => ec(jwk, "P-384", 48, &ECDSA_P384_SHA384_FIXED_SIGNING),
            "ES512" => ec(jwk, "P-521", 66, &ECDSA_P521_SHA512_FIXED_SIGNING),
            "RS256" => rsa(jwk, &RSA_PKCS1_SHA256),
            "RS384" => rsa(jwk, &RSA_PKCS1_SHA384),
            "RS512" => rsa(jwk, &RSA_PKCS1_SHA512),
            "PS256" => rsa(jwk, &RSA_PSS_SHA256),
            "PS384" => rsa(jwk, &RSA_PSS_SHA384),
            "PS512" => rsa(jwk, &RSA_PSS_SHA512),
            "EdDSA" => ed25519(jwk),
            "HS256" => hmac(jwk, hmac::HMAC_SHA256, 32),
            "HS384" => hmac(jwk, hmac::HMAC_SHA384, 48),
            "HS512" => hmac(jwk, hmac::HMAC_SHA512, 64),
            _ => Err(format!(
                "expected an `alg` of ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, \
                 PS512, EdDSA, HS256, HS384 or HS512, got {alg:?}"
            )),
        }?;
        let header = |typ| {
            let header = Header { alg, kid: jwk.kid.as_deref(), typ };
            // The header consists of texts, so its serialization cannot fail.
            BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).unwrap_or_default())
        };
        Ok(Self { headers: ["JWT", "secevent+jwt"].map(header), key })
    }

    /// Returns true if a signature takes about a millisecond or more.
    pub(crate) fn is_slow(&self) -> bool {
        matches!(self.key, Key::Rsa(..))
    }

    /// Makes a JWT: the JWS compact serialization (RFC 7515 §7.1) of the claims.
    pub(crate) fn sign(
        &self,
        typ: TokenType,
        claims: &impl Serialize,
    ) -> Result<String, SigningFailed> {
        let claims = serde_json::to_vec(claims).map_err(|_| SigningFailed)?;
        let [jwt, security_event] = &self.headers;
        let mut jwt = match typ {
            TokenType::Jwt => jwt.clone(),
            TokenType::SecurityEvent => security_event.clone(),
        };
        jwt.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(claims, &mut jwt);
        let signature = self.signature(jwt.as_bytes()).ok_or(SigningFailed)?;
        jwt.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut jwt);
        Ok(jwt)
    }

    fn signature(&self, input: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Hmac(key) => Some(hmac::sign(key, input).as_ref().to_vec()),
            Key::Ec(key) => Some(key.sign(&random, input).ok()?.as_ref().to_vec()),
            Key::Ed25519(key) => Some(key.try_sign(input).ok()?.as_ref().to_vec()),
            Key::Rsa(key, encoding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*encoding, &random, input, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

fn ec(
    jwk: &JsonWebKey,
    curve: &str,
    length: usize,
    algorithm: &'static EcdsaSigningAlgorithm,
) -> Result<Key, String> {
    if jwk.kty != "EC" || jwk.crv.as_deref() != Some(curve) {
        return Err(format!("expected a key of the curve {curve}"));
    }
    let secret = padded("d", private("d", jwk.d.as_ref())?, length)?;
    let mut point = vec![0x04];
    for name in ["x", "y"] {
        point.extend(padded(name, jwk.public(name)?, length)?);
    }
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, &secret, &point)
        .map(|key| Key::Ec(Box::new(key)))
        .map_err(|_| mismatch())
}

/// A number of a fixed length. Some tools omit leading zeros.
fn padded(name: &str, number: Vec<u8>, length: usize) -> Result<Vec<u8>, String> {
    let missing = length.checked_sub(number.len());
    let missing = missing.ok_or_else(|| format!("expected {length} bytes in `{name}`"))?;
    Ok([vec![0; missing], number].concat())
}

fn rsa(jwk: &JsonWebKey, encoding: &'static dyn RsaEncoding) -> Result<Key, String> {
    if jwk.kty != "RSA" {
        return Err("expected an RSA key".to_owned());
    }
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: jwk.public("n")?, e: jwk.public("e")? },
        d: private("d", jwk.d.as_ref())?,
        p: private("p", jwk.p.as_ref())?,
        q: private("q", jwk.q.as_ref())?,
        dP: private("dp", jwk.dp.as_ref())?,
        dQ: private("dq", jwk.dq.as_ref())?,
        qInv: private("qi", jwk.qi.as_ref())?,
    };
    let key = RsaKeyPair::from_components(&components).map_err(|_| mismatch())?;
    if key.public_modulus_len() < MIN_RSA_BYTES {
        return Err("expected an RSA key of at least 2048 bits".to_owned());
    }
    Ok(Key::Rsa(Box::new(key), encoding))
}

fn ed25519(jwk: &JsonWebKey) -> Result<Key, String> {
    if jwk.kty != "OKP" || jwk.crv.as_deref() != Some("Ed25519") {
        return Err("expected a key of the curve Ed25519".to_owned());
    }
    let seed = private("d", jwk.d.as_ref())?;
    Ed25519KeyPair::from_seed_and_public_key(&seed, &jwk.public("x")?)
        .map(|key| Key::Ed25519(Box::new(key)))
        .map_err(|_| mismatch())
}

/// RFC 7518 §3.2 requires a key of at least the hash's length.
fn hmac(jwk: &JsonWebKey, algorithm: hmac::Algorithm, min: usize) -> Result<Key, String> {
    if jwk.kty != "oct" {
        return Err("expected a key of the type `oct`".to_owned());
    }
    let secret = private("k", jwk.k.as_ref())?;
    if secret.len() < min {
        return Err(format!("expected a key of at least {min} bytes"));
    }
    Ok(Key::Hmac(Box::new(hmac::Key::new(algorithm, &secret))))
}

fn mismatch() -> String {
    "expected a private key and the public key that belongs to it".to_owned()
}
