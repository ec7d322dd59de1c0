//! Authentication: from request headers to a session token, and from its session to an
//! admitted caller or a refusal.

mod access_policy;
mod cookie;
mod gob;
mod level_of_methods;
mod local_host;
mod logout_token;
mod method_names;
mod signed_text;

pub use access_policy::{AccessPolicy, Admission, Refusal};
pub use cookie::{CookieCodec, SessionCookie};
pub use local_host::is_called_locally;
pub use method_names::MethodNames;
pub use signed_text::TextOwner;

use std::sync::Arc;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use time::OffsetDateTime;

use crate::session::SessionToken;

/// The header that mobile and native apps use.
pub const SESSION_TOKEN_HEADER: &str = "x-session-token";

/// The credential of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub token: SessionToken,
    pub kind: CredentialKind,
    /// The expiry of the session that a cookie states. `None` for other kinds.
    pub cookie_expires_at: Option<OffsetDateTime>,
}

/// The way in which a credential is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    SessionToken,
    /// Added by the browser, whichever page made the request.
    Cookie,
    Bearer,
}

impl CredentialKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SessionToken => "token",
            Self::Cookie => "cookie",
            Self::Bearer => "bearer",
        }
    }
}

/// Why a request has no credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCredential {
    /// The request presents no credential.
    Missing,
    /// The presented credential is malformed.
    Malformed(CredentialKind),
}

/// Selects the credential of a request, by the same rules as Kratos.
#[derive(Debug)]
pub struct CredentialExtractor {
    cookies: Arc<CookieCodec>,
}

impl CredentialExtractor {
    #[must_use]
    pub fn new(cookies: Arc<CookieCodec>) -> Self {
        Self { cookies }
    }

    /// Finds the credential of a request. A non-empty `X-Session-Token` is the only one that
    /// counts. Otherwise it is the first session cookie that can be opened, and after that
    /// `Authorization: Bearer`.
    pub fn find(&self, headers: &HeaderMap) -> Result<Credential, NoCredential> {
        use CredentialKind::{Bearer, Cookie, SessionToken as Header};
        let of = |kind, token: Option<SessionToken>| {
            token
                .map(|token| Credential { token, kind, cookie_expires_at: None })
                .ok_or(NoCredential::Malformed(kind))
        };
        if let Some(value) = headers.get(SESSION_TOKEN_HEADER).filter(|value| !value.is_empty()) {
            return of(Header, value.to_str().ok().and_then(SessionToken::parse));
        }
        if let Some(SessionCookie { token, expires_at }) = self.in_cookies(headers) {
            return Ok(Credential { token, kind: Cookie, cookie_expires_at: expires_at });
        }
        match bearer(headers) {
            Some(token) => of(Bearer, SessionToken::parse(token)),
            None if self.cookies_of(headers).next().is_some() => of(Cookie, None),
            None => Err(NoCredential::Missing),
        }
    }

    fn in_cookies(&self, headers: &HeaderMap) -> Option<SessionCookie> {
        self.cookies_of(headers).find_map(|value| self.cookies.open(value))
    }

    /// The values of all session cookies. Browsers send a cookie several times if paths or
    /// domains overlap, and HTTP/2 may split the header.
    fn cookies_of<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        headers
            .get_all(COOKIE)
            .iter()
            .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
            .filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='))
            .filter(|(name, _)| Some(*name) == self.cookies.accepted_name())
            .map(|(_, value)| value)
    }
}

/// The token of `Authorization: Bearer` (RFC 6750 §2.1). The scheme is case-insensitive
/// (RFC 9110 §11.1).
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
