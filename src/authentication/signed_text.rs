//! Short texts that this service leaves in a browser's cookies, signed for one session.
//!
//! The form is `text.mac` in base64url without padding (RFC 4648 §5). The MAC is HMAC-SHA256 of the
//! encoded text and the session token, under the secret of the session cookie. Another host of the
//! same site can set a cookie, but it cannot make a text that opens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::authentication::cookie::CookieCodec;
use crate::session::SessionToken;

/// No cookie has this name: `|` is not allowed in names.
const PURPOSE: &[u8] = b"text|";

impl CookieCodec {
    /// Signs a text for the browser of a session. `None` if no secret is configured.
    #[must_use]
    pub fn sign_text(&self, text: &str, session: &SessionToken) -> Option<String> {
        let key = self.keys.first()?;
        let text = URL_SAFE_NO_PAD.encode(text);
        let mac = URL_SAFE_NO_PAD.encode(key.mac(&parts(&text, session)));
        Some(format!("{text}.{mac}"))
    }

    /// Opens a text that was signed for this session, under any of the secrets.
    #[must_use]
    pub fn open_text(&self, signed: &str, session: &SessionToken) -> Option<String> {
        let (text, mac) = signed.split_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        self.keys.iter().find(|key| key.verifies(&parts(text, session), &mac))?;
        String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

/// The encoded text has no `|`, so that the parts cannot be shifted.
fn parts<'a>(text: &'a str, session: &'a SessionToken) -> [&'a [u8]; 4] {
    [PURPOSE, text.as_bytes(), b"|", session.expose().as_bytes()]
}
