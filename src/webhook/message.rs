//! Messages, in one of two forms.
//!
//! Standard Webhooks signs the id, the time and the body together
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>). A
//! security event token is signed by itself, and pushed as RFC 8935 says.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;
use time::OffsetDateTime;

use crate::config::WebhookSecret;
use crate::event::{Event, WireEvent};

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// The headers and the body of a request.
#[derive(Debug)]
pub(super) struct Message {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Message {
    /// A message of Standard Webhooks, signed with each secret. Its id is the same at each try.
    pub(super) fn standard(event: &Event, secrets: &[WebhookSecret], now: OffsetDateTime) -> Self {
        let (id, timestamp) = (format!("evt_{}", event.id), now.unix_timestamp());
        // The serialization of a wire type cannot fail.
        let body = serde_json::to_vec(&WireEvent::new(event)).unwrap_or_default();
        let signatures: Vec<_> =
            secrets.iter().map(|secret| sign(secret, &id, timestamp, &body)).collect();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(TIMESTAMP, timestamp.into());
        for (name, value) in [(ID, id), (SIGNATURE, signatures.join(" "))] {
            // Both consist of visible ASCII characters.
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        Self { headers, body: body.into() }
    }

    /// A push of RFC 8935 §2.
    pub(super) fn security_event(token: String) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/secevent+jwt"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Self { headers, body: token.into() }
    }

    pub(super) fn authorized(mut self, authorization: Option<&HeaderValue>) -> Self {
        if let Some(authorization) = authorization {
            self.headers.insert(AUTHORIZATION, authorization.clone());
        }
        self
    }
}

fn sign(secret: &WebhookSecret, id: &str, timestamp: i64, body: &[u8]) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose()) else {
        return String::new();
    };
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}
