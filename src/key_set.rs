//! Key sets: the first key signs, and the public parts of all asymmetric keys are published.

mod json_web_key;
mod signing_key;

use std::sync::Arc;

use serde::Serialize;
use tokio::task::spawn_blocking;

use json_web_key::JsonWebKey;
pub(crate) use json_web_key::PublicKey;
use signing_key::SigningKey;
pub(crate) use signing_key::{SigningFailed, TokenType};

pub(crate) struct KeySet {
    signing: Arc<SigningKey>,
    /// False if the key that signs is symmetric.
    pub is_verifiable: bool,
    pub public: Vec<PublicKey>,
}

impl KeySet {
    /// Parses a JSON Web Key Set. Every key has to be usable, because a rotation makes it the first
    /// one. The error says what was expected, and contains no part of a key.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, String> {
        let keys = json_web_key::parse_set(json)?;
        let Some(first) = keys.first() else {
            return Err("expected a key set with a key, got an empty one".to_owned());
        };
        let unusable = |key: &JsonWebKey, problem: String| {
            let name = key.kid.as_deref().unwrap_or("without a kid");
            format!("unusable key {name:?}: {problem}")
        };
        let signing = SigningKey::new(first).map_err(|problem| unusable(first, problem))?;
        let mut public = Vec::new();
        for key in &keys {
            let usable = if key.signs() { SigningKey::new(key).map(drop) } else { Ok(()) };
            usable.map_err(|problem| unusable(key, problem))?;
            public.extend(PublicKey::of(key).map_err(|problem| unusable(key, problem))?);
        }
        check_ids(public.iter())?;
        let is_verifiable = PublicKey::of(first).is_ok_and(|public| public.is_some());
        Ok(Self { signing: Arc::new(signing), is_verifiable, public })
    }

    /// Signs claims with the first key of the set. A slow algorithm does not delay other requests.
    pub(crate) async fn sign<T>(&self, typ: TokenType, claims: T) -> Result<String, SigningFailed>
    where
        T: Serialize + Send + 'static,
    {
        let key = Arc::clone(&self.signing);
        if !key.is_slow() {
            return key.sign(typ, &claims);
        }
        let signed = spawn_blocking(move || key.sign(typ, &claims)).await;
        signed.unwrap_or(Err(SigningFailed))
    }
}

/// Verifiers find a key by its `kid`, so two different keys must not share one.
pub(crate) fn check_ids<'a>(keys: impl Iterator<Item = &'a PublicKey>) -> Result<(), String> {
    let keys: Vec<_> = keys.collect();
    for (index, key) in keys.iter().enumerate() {
        if let Some(other) =
            keys[..index].iter().find(|other| other.kid == key.kid && other != &key)
        {
            return Err(format!(
                "expected a kid of its own for each key, got {:?} twice",
                other.kid
            ));
        }
    }
    Ok(())
}
