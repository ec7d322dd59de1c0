//! Recorded keys as settings, and requests for JWTs.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::support::http_client::{Answer, send};

/// A recorded key: `es256`, `rs256`, `eddsa` or `hs256`.
pub fn key(name: &str) -> Value {
    let recorded = include_str!("../../../kratos/more/sqlite/settings.json");
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    recorded["key_sets"][name]["keys"][0].clone()
}

/// The setting `jwks_url` for a set of one recorded key.
pub fn key_set(name: &str) -> String {
    inline(&serde_json::json!({"keys": [key(name)]}).to_string())
}

/// Content as a setting.
pub fn inline(content: &str) -> String {
    format!("base64://{}", BASE64_STANDARD.encode(content))
}

pub fn tokenize(public: SocketAddr, template: &str, token: &str) -> Answer {
    let path = format!("/sessions/whoami?tokenize_as={template}");
    send(public, "GET", &path, &[("X-Session-Token", token.as_bytes())])
}
