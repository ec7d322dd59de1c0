//! `GET /.well-known/jwks.json`: the public keys of JWTs and of security event tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::response::json::JSON;
use crate::security_event::SecurityEvents;
use crate::tokenizer::Tokenizer;

/// Verifiers ask again if a JWT names a key that they do not know, so that this only limits how
/// long a removed key is trusted.
const CACHEABLE: (HeaderName, &str) = (CACHE_CONTROL, "public, max-age=60");

/// A JSON Web Key Set (RFC 7517).
#[derive(Serialize, ToSchema)]
#[schema(as = JsonWebKeySet)]
struct WireKeySet {
    keys: Vec<serde_json::Map<String, serde_json::Value>>,
}

/// Return the public keys of JWTs
///
/// The public parts of all asymmetric keys that templates of JWTs and security event tokens use.
/// Symmetric keys are never part of it.
#[utoipa::path(get, path = "/.well-known/jwks.json", operation_id = "getJsonWebKeys", tag = "sessions",
 responses((status = OK, body = WireKeySet)), security(()))]
pub(super) async fn json_web_keys(
    State(tokenizer): State<Arc<Tokenizer>>,
    State(security_events): State<Arc<SecurityEvents>>,
) -> Response {
    let all = [tokenizer.public_keys(), security_events.public_keys()].concat();
    // Keys that several templates share are listed once.
    let mut keys = Vec::new();
    for key in all {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let set = BTreeMap::from([("keys", keys)]);
    // The serialization of public keys cannot fail.
    ([JSON, CACHEABLE], serde_json::to_vec(&set).unwrap_or_default()).into_response()
}
