//! Who asks: from headers to one session token, and from its session to an
//! admitted caller, or a refusal.

mod cookie;
mod gate;
mod gob;

pub use cookie::CookieFormat;
pub use gate::{Gate, Refusal};

use std::sync::Arc;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use time::OffsetDateTime;

use crate::session::SessionToken;

/// The header of mobile and native apps.
pub const SESSION_TOKEN_HEADER: &str = "x-session-token";

/// What a request presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub token: SessionToken,
    /// Whether the browser added it, by whatever page the request was made.
    pub is_cookie: bool,
}

/// Decides which of a request's credentials counts, as Kratos does.
#[derive(Debug)]
pub struct Credentials {
    cookies: Arc<CookieFormat>,
}

impl Credentials {
    #[must_use]
    pub fn new(cookies: Arc<CookieFormat>) -> Self {
        Self { cookies }
    }

    /// The credential of a request: `X-Session-Token` where it is not empty,
    /// and then nothing else; then the first session cookie that opens; then
    /// `Authorization: Bearer`. `None` where none is usable.
    #[must_use]
    pub fn find(&self, headers: &HeaderMap, now: OffsetDateTime) -> Option<Credential> {
        let in_header = |token| Credential { token, is_cookie: false };
        if let Some(value) = headers.get(SESSION_TOKEN_HEADER).filter(|value| !value.is_empty()) {
            return SessionToken::parse(value.to_str().ok()?).map(in_header);
        }
        match self.in_cookies(headers, now) {
            Some(token) => Some(Credential { token, is_cookie: true }),
            None => bearer(headers).and_then(SessionToken::parse).map(in_header),
        }
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

/// The token of `Authorization: Bearer`: RFC 6750 §2.1; the scheme in any case
/// (RFC 9110 §11.1).
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
