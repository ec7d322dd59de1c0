//! Short texts that this service leaves in a browser's cookies, signed for one session or identity.
//!
//! The form is `text.mac` in base64url without padding (RFC 4648 §5). The MAC is HMAC-SHA256 of the
//! owner and of the encoded text, under the secret of the session cookie. Another host of the same
//! site can set a cookie, but it cannot make a text that opens.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::authentication::cookie::CookieCodec;
use crate::session::SessionToken;

/// No cookie has this name, because names have no NUL: the MAC of a session cookie is none of these.
const PURPOSE: &[u8] = b"text\0";

/// The owner of a text, for whom alone it opens.
#[derive(Debug, Clone, Copy)]
pub enum TextOwner<'a> {
    Session(&'a SessionToken),
    Identity(Uuid),
}

impl TextOwner<'_> {
    fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Session(token) => Cow::Borrowed(token.expose().as_bytes()),
            Self::Identity(id) => Cow::Owned(id.as_bytes().to_vec()),
        }
    }
}

impl CookieCodec {
    /// Signs a text. `None` if no secret is configured.
    #[must_use]
    pub fn sign_text(&self, text: &str, owner: TextOwner<'_>) -> Option<String> {
        let key = self.keys.first()?;
        let text = URL_SAFE_NO_PAD.encode(text);
        let mac = URL_SAFE_NO_PAD.encode(key.mac(&parts(&text, &owner.bytes())));
        Some(format!("{text}.{mac}"))
    }

    /// Opens a text that was signed for this owner, under any of the secrets.
    #[must_use]
    pub fn open_text(&self, signed: &str, owner: TextOwner<'_>) -> Option<String> {
        let (text, mac) = signed.split_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        let owner = owner.bytes();
        self.keys.iter().find(|key| key.verifies(&parts(text, &owner), &mac))?;
        String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

/// The encoded text has no NUL, so that the parts cannot be shifted.
fn parts<'a>(text: &'a str, owner: &'a [u8]) -> [&'a [u8]; 4] {
    [PURPOSE, text.as_bytes(), b"\0", owner]
}
