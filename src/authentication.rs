//! Who asks: from headers to one session token, and from its session to an
//! admitted caller, or a refusal.

mod cookie;
mod gate;
mod gob;

pub use cookie::CookieFormat;
pub use gate::{Gate, Refusal};

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use time::OffsetDateTime;

use crate::session::SessionToken;

/// The header of mobile and native apps.
pub const SESSION_TOKEN_HEADER: &str = "x-session-token";

/// Decides which of a request's credentials counts, as Kratos does.
#[derive(Debug)]
pub struct Credentials {
    cookies: CookieFormat,
}

impl Credentials {
    #[must_use]
    pub fn new(cookies: CookieFormat) -> Self {
        Self { cookies }
    }

    /// The session token that a request presents: `X-Session-Token` where it
    /// is not empty, and then nothing else; then the first session cookie
    /// that opens; then `Authorization: Bearer`. `None` where none is usable.
    #[must_use]
    pub fn session_token(&self, headers: &HeaderMap, now: OffsetDateTime) -> Option<SessionToken> {
        if let Some(value) = headers.get(SESSION_TOKEN_HEADER).filter(|value| !value.is_empty()) {
            return SessionToken::parse(value.to_str().ok()?);
        }
        self.in_cookies(headers, now).or_else(|| in_authorization(headers))
    }

    /// Browsers send one cookie more than once where paths or domains overlap,
    /// and HTTP/2 may split the header: each is tried in turn.
    fn in_cookies(&self, headers: &HeaderMap, now: OffsetDateTime) -> Option<SessionToken> {
        headers
            .get_all(COOKIE)
            .iter()
            .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
            .filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='))
            .filter(|(name, _)| *name == self.cookies.name())
            .find_map(|(_, value)| self.cookies.open(value, now))
    }
}

/// RFC 6750 §2.1; the scheme in any case (RFC 9110 §11.1).
fn in_authorization(headers: &HeaderMap) -> Option<SessionToken> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| SessionToken::parse(token.trim())).flatten()
}
