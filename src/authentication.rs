//! Authentication: from request headers to a session token, and from its session to an
//! admitted caller or a refusal.

mod access_policy;
mod binding_proof;
mod cookie;
mod credential;
mod device_binding;
mod gob;
mod level_of_methods;
mod local_host;
mod logout_token;
mod method_names;
mod signed_text;

pub use access_policy::{AccessPolicy, Admission, Bound, Refusal};
pub use binding_proof::{BindingProof, InvalidProof};
pub use cookie::{CookieCodec, SessionCookie};
pub use credential::{Credential, CredentialKind, NoCredential};
pub use device_binding::{ChallengeKind, DeviceBinding, DeviceProof};
pub use local_host::is_called_locally;
pub use method_names::MethodNames;
pub use signed_text::{TextOwner, TextPurpose};

use std::sync::Arc;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};

use crate::session::SessionToken;

/// The header that mobile and native apps use.
pub const SESSION_TOKEN_HEADER: &str = "x-session-token";

/// More proofs than overlapping paths and domains explain are not looked at.
const MAX_PROOFS: usize = 8;

/// Selects the credential of a request, by the same rules as Kratos.
#[derive(Debug)]
pub struct CredentialExtractor {
    cookies: Arc<CookieCodec>,
    /// `None` if sessions are not bound.
    binding: Option<Arc<DeviceBinding>>,
}

impl CredentialExtractor {
    #[must_use]
    pub fn new(cookies: Arc<CookieCodec>, binding: Option<Arc<DeviceBinding>>) -> Self {
        Self { cookies, binding }
    }

    /// Finds the credential of a request. A non-empty `X-Session-Token` is the only one that
    /// counts. Otherwise it is the first session cookie that can be opened, and after that
    /// `Authorization: Bearer`.
    pub fn find(&self, headers: &HeaderMap) -> Result<Credential, NoCredential> {
        use CredentialKind::{Bearer, Cookie, SessionToken as Header};
        let of = |kind, token: Option<SessionToken>| {
            token
                .map(|token| Credential {
                    token,
                    kind,
                    cookie_expires_at: None,
                    proofs: Vec::new(),
                })
                .ok_or(NoCredential::Malformed(kind))
        };
        if let Some(value) = headers.get(SESSION_TOKEN_HEADER).filter(|value| !value.is_empty()) {
            return of(Header, value.to_str().ok().and_then(SessionToken::parse));
        }
        if let Some(SessionCookie { token, expires_at }) = self.in_cookies(headers) {
            return Ok(Credential {
                token,
                kind: Cookie,
                cookie_expires_at: expires_at,
                proofs: self.proofs(headers),
            });
        }
        match bearer(headers) {
            Some(token) => of(Bearer, SessionToken::parse(token)),
            None if self.session_cookies(headers).next().is_some() => of(Cookie, None),
            None => Err(NoCredential::Missing),
        }
    }

    fn in_cookies(&self, headers: &HeaderMap) -> Option<SessionCookie> {
        self.session_cookies(headers).find_map(|value| self.cookies.open(value))
    }

    fn proofs(&self, headers: &HeaderMap) -> Vec<DeviceProof> {
        let Some(binding) = &self.binding else {
            return Vec::new();
        };
        let values = cookies(headers, Some(binding.cookie_name()));
        values.filter_map(|value| binding.read_cookie(value)).take(MAX_PROOFS).collect()
    }

    /// The values of all session cookies.
    fn session_cookies<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        cookies(headers, self.cookies.accepted_name())
    }
}

/// The values of all cookies with this name. Browsers send a cookie several times if paths or
/// domains overlap, and HTTP/2 may split the header.
fn cookies<'a>(headers: &'a HeaderMap, name: Option<&'a str>) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='))
        .filter(move |(found, _)| Some(*found) == name)
        .map(|(_, value)| value)
}

/// The token of `Authorization: Bearer` (RFC 6750 §2.1). The scheme is case-insensitive
/// (RFC 9110 §11.1).
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
