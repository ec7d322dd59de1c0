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

/// The use of a text. One of another use does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextPurpose {
    /// A notice or a memory of the page.
    Page,
    /// The cookie of a device-bound session.
    BoundCookie,
    /// A challenge to bind a session.
    Registration,
    /// A challenge to prove that a session is bound.
    Refresh,
}

impl TextPurpose {
    /// No cookie has this name, because names have no NUL: the MAC of a session cookie is none of
    /// these.
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Page => b"text\0",
            Self::BoundCookie => b"bound\0",
            Self::Registration => b"registration\0",
            Self::Refresh => b"refresh\0",
        }
    }
}

/// The owner of a text, for whom alone it opens.
#[derive(Debug, Clone, Copy)]
pub enum TextOwner<'a> {
    Session(&'a SessionToken),
    Identity(Uuid),
    /// The text itself says whom it is about.
    Bearer,
}

impl TextOwner<'_> {
    fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Session(token) => Cow::Borrowed(token.expose().as_bytes()),
            Self::Identity(id) => Cow::Owned(id.as_bytes().to_vec()),
            Self::Bearer => Cow::Borrowed(&[]),
        }
    }
}

impl CookieCodec {
    /// Signs a text for this use. `None` if no secret is configured.
    #[must_use]
    pub fn sign_text(
        &self,
        purpose: TextPurpose,
        text: &str,
        owner: TextOwner<'_>,
    ) -> Option<String> {
        let key = self.keys.first()?;
        let text = URL_SAFE_NO_PAD.encode(text);
        let mac = URL_SAFE_NO_PAD.encode(key.mac(&parts(purpose, &text, &owner.bytes())));
        Some(format!("{text}.{mac}"))
    }

    /// Opens a text that was signed for this use and this owner, under any of the secrets.
    #[must_use]
    pub fn open_text(
        &self,
        purpose: TextPurpose,
        signed: &str,
        owner: TextOwner<'_>,
    ) -> Option<String> {
        let (text, mac) = signed.split_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        let owner = owner.bytes();
        self.keys.iter().find(|key| key.verifies(&parts(purpose, text, &owner), &mac))?;
        String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

/// The encoded text has no NUL, so that the parts cannot be shifted.
fn parts<'a>(purpose: TextPurpose, text: &'a str, owner: &'a [u8]) -> [&'a [u8]; 4] {
    [purpose.bytes(), text.as_bytes(), b"\0", owner]
}
