//! The logout token: without it, a link to the address of the sign-out ends nobody's session.
//!
//! A page of another site can make a browser open that address, with the visitor's cookie, but it
//! cannot read the token. The token is base64url (RFC 4648 §5) of the HMAC-SHA256 of `logout|` and
//! the session token, under the secret of the session cookie.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::authentication::cookie::CookieCodec;
use crate::session::SessionToken;

/// No cookie has this name: `|` is not allowed in names.
const PURPOSE: &[u8] = b"logout|";

impl CookieCodec {
    /// The logout token of a session. `None` if no secret is configured.
    #[must_use]
    pub fn logout_token(&self, session: &SessionToken) -> Option<String> {
        let key = self.keys.first()?;
        Some(URL_SAFE_NO_PAD.encode(key.mac(&parts(session))))
    }

    /// Returns whether this is the logout token of the session, under any of the secrets.
    #[must_use]
    pub fn is_logout_token(&self, text: &str, session: &SessionToken) -> bool {
        let Ok(mac) = URL_SAFE_NO_PAD.decode(text) else {
            return false;
        };
        self.keys.iter().any(|key| key.verifies(&parts(session), &mac))
    }
}

fn parts(session: &SessionToken) -> [&[u8]; 2] {
    [PURPOSE, session.expose().as_bytes()]
}
