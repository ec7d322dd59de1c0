//! JWTs, decoded without verification.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Jwt {
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
}

impl Jwt {
    /// Decodes the field `tokenized` of a session.
    pub fn decode(tokenized: &Value) -> Self {
        let parts: Vec<_> = tokenized.as_str().unwrap().split('.').collect();
        assert_eq!(parts.len(), 3);
        let decoded = |part: &str| {
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        Self { header: decoded(parts[0]), claims: decoded(parts[1]) }
    }

    /// Without its id, and with times relative to the time of its issue.
    pub fn without_time(mut self) -> Self {
        assert!(self.claims.remove("jti").unwrap().as_str().unwrap().len() == 36);
        let issued_at = self.claims.remove("iat").unwrap().as_i64().unwrap();
        for name in ["exp", "nbf"] {
            let claim = self.claims.get_mut(name).unwrap();
            *claim = (claim.as_i64().unwrap() - issued_at).into();
        }
        self
    }
}
