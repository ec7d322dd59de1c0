//! Webhooks that elsewhere has not sent, and larger ones than any that it sends.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use elsewhere::clock::Clock;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::browser::apps::app::App;
use crate::support::http_client::{request, send_bytes, send_json};

const PATH: &str = "/webhooks/elsewhere";
const ID: &str = "evt_1";
const EVENT: &str = r#"{"type": "session.revoked", "data": {"session_id": "1"}}"#;
const MAX_BODY: usize = 1 << 16;

pub fn forged_ones_are_refused(app: &App) {
    assert_eq!(send_json(app.address, "POST", PATH, &[], EVENT).status, 400);
    let now = now();
    let of_another_secret = "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=";
    for signature in [of_another_secret, "junk", "v1", "v1,x", "v1,\u{e4}"] {
        assert_eq!(status(app, &now, signature, EVENT.as_bytes()), 400, "{signature}");
    }
    assert_eq!(status(app, &now, of_another_secret, b"\"not UTF-8: \xff\""), 400);
}

/// The signatures are valid, so that it is the size that the app refuses.
pub fn large_ones_are_refused(app: &App) {
    let now = now();
    let deliver = |body: &str| status(app, &now, &signature(app, &now, body), body.as_bytes());
    let largest = EVENT.to_owned() + &" ".repeat(MAX_BODY - EVENT.len());
    assert_eq!(deliver(&largest), 204);
    let refused = deliver(&format!("{largest} "));
    assert!([400, 413].contains(&refused), "{refused}");
}

fn now() -> String {
    Clock::system().now().unix_timestamp().to_string()
}

fn status(app: &App, now: &str, signature: &str, body: &[u8]) -> u16 {
    let length = body.len().to_string();
    let head = request(
        "POST",
        PATH,
        &[
            ("Content-Type", b"application/json"),
            ("Content-Length", length.as_bytes()),
            ("webhook-id", ID.as_bytes()),
            ("webhook-timestamp", now.as_bytes()),
            ("webhook-signature", signature.as_bytes()),
        ],
    );
    send_bytes(app.address, &[&head, body].concat()).status
}

/// The signature that elsewhere would make.
fn signature(app: &App, now: &str, body: &str) -> String {
    let key = BASE64_STANDARD.decode(app.webhook_secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{ID}.{now}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}
