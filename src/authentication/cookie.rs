//! The session cookie, in Kratos's format. No maintained crate reads or writes this format.
//!
//! The format is that of gorilla/securecookie: `date|value|mac` in URL-safe base64 with
//! padding. The MAC is HMAC-SHA256 of `name|date|value` under the secret. The value is again
//! base64: a 16-byte initialisation vector, followed by a gob (see
//! [`crate::authentication::gob`]) encrypted by AES-256-CTR under SHA-256(secret).

mod key;

use std::fmt;

use aes::cipher::StreamCipher as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use cookie::Cookie;
use rand::RngExt as _;
use rand::distr::Alphanumeric;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::authentication::cookie::key::Key;
use crate::authentication::gob;
use crate::config::{Config, SameSite};
use crate::session::SessionToken;

/// The longest cookie that securecookie writes, and therefore the longest that is read.
const MAX_COOKIE_LENGTH: usize = 4096;
const INITIALISATION_VECTOR: usize = 16;

/// Reads and writes the session cookie.
pub struct CookieCodec {
    /// False if cookies are not accepted at all.
    enabled: bool,
    name: String,
    /// The newest first. The first key writes, all keys read.
    pub(super) keys: Vec<Key>,
    persistent: bool,
    /// A cookie that is set, without its value and age.
    template: Cookie<'static>,
}

/// The content of a session cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCookie {
    pub token: SessionToken,
    /// The expiry of the session when the cookie was set. `None` if the cookie has none.
    pub expires_at: Option<OffsetDateTime>,
}

impl CookieCodec {
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let settings = &config.session;
        let mut template = Cookie::build((settings.cookie_name.as_str().to_owned(), ""))
            .path(settings.cookie_path.as_str().to_owned())
            .secure(config.server.base_url.is_secure())
            .http_only(true)
            .same_site(match settings.cookie_same_site {
                SameSite::Lax => cookie::SameSite::Lax,
                SameSite::Strict => cookie::SameSite::Strict,
                SameSite::None => cookie::SameSite::None,
            })
            .build();
        if let Some(domain) = &settings.cookie_domain {
            template.set_domain(domain.as_str().to_owned());
        }
        Self {
            enabled: settings.cookies,
            persistent: settings.cookie_persistent,
            template,
            name: settings.cookie_name.as_str().to_owned(),
            keys: settings.cookie_secrets.iter().filter_map(|s| Key::new(s.expose())).collect(),
        }
    }

    /// The cookie's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the cookie that is accepted. `None` if cookies are not accepted.
    #[must_use]
    pub fn accepted_name(&self) -> Option<&str> {
        self.enabled.then_some(&self.name)
    }

    /// A cookie with the attributes of this one, without a value and an age.
    pub(super) fn template(&self) -> Cookie<'static> {
        self.template.clone()
    }

    /// Opens a cookie's value. `None` if no secret matches, or if it holds no session. Nothing is
    /// decrypted, and no inner part is decoded, before the MAC is verified in constant time.
    ///
    /// A cookie of any age opens: its session decides, which may have been extended.
    #[must_use]
    pub fn open(&self, value: &str) -> Option<SessionCookie> {
        let cookie = decode(value)?;
        let mut parts = cookie.splitn(3, |byte| *byte == b'|');
        let (date, value, mac) = (parts.next()?, parts.next()?, parts.next()?);
        let signed = [self.name.as_bytes(), b"|", date, b"|", value];
        let key = self.keys.iter().find(|key| key.verifies(&signed, mac))?;

        let mut value = URL_SAFE.decode(value).ok()?;
        let (vector, content) = value.split_at_mut_checked(INITIALISATION_VECTOR)?;
        key.cipher(vector)?.apply_keystream(content);
        let content = gob::read(content)?;
        let expires_at = content.get("expires_at");
        Some(SessionCookie {
            token: SessionToken::parse(content.get("session_token")?)?,
            expires_at: expires_at.and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok()),
        })
    }

    /// The value of a `Set-Cookie` header (RFC 6265 §4.1) for this session. `None` if no
    /// secret is configured.
    #[must_use]
    pub fn set(
        &self,
        token: &SessionToken,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Option<String> {
        let value = self.seal(token, expires_at, now)?;
        let mut cookie = self.template.clone();
        cookie.set_value(value);
        if self.persistent {
            cookie.set_max_age((expires_at - now).max(time::Duration::ZERO));
            // Before `Max-Age`, this was the attribute, and Kratos still sets both.
            cookie.set_expires(expires_at);
        }
        Some(cookie.to_string())
    }

    /// The value of a `Set-Cookie` header that removes the cookie. A browser removes only a cookie
    /// of the same name, domain and path.
    #[must_use]
    pub fn remove(&self) -> String {
        let mut cookie = self.template.clone();
        cookie.make_removal();
        cookie.to_string()
    }

    /// A cookie value that holds the token. `None` if no secret is configured.
    #[must_use]
    pub fn seal(
        &self,
        token: &SessionToken,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Option<String> {
        let key = self.keys.first()?;
        let mut random = rand::rng();
        let nonce: String =
            (&mut random).sample_iter(Alphanumeric).take(8).map(char::from).collect();
        let expires_at = expires_at.format(&Rfc3339).ok()?;
        let content = gob::write(&[
            ("session_token", token.expose()),
            ("expires_at", &expires_at),
            ("nonce", &nonce),
        ])?;

        let vector: [u8; INITIALISATION_VECTOR] = random.random();
        let mut value = vector.to_vec();
        value.extend(content);
        key.cipher(&vector)?.apply_keystream(&mut value[INITIALISATION_VECTOR..]);
        let value = URL_SAFE.encode(value);

        let date = now.unix_timestamp().to_string();
        let signed = [self.name.as_bytes(), b"|", date.as_bytes(), b"|", value.as_bytes()];
        let mac = key.mac(&signed);
        let mut cookie = format!("{date}|{value}|").into_bytes();
        cookie.extend(mac);
        Some(URL_SAFE.encode(cookie))
    }
}

/// Decodes the outer base64. Quotes around the value are removed, as in Go's reader
/// (RFC 6265 allows them). A percent-encoded `=` is accepted, because some clients encode
/// everything they send.
fn decode(value: &str) -> Option<Vec<u8>> {
    if value.len() > MAX_COOKIE_LENGTH {
        return None;
    }
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    if !value.contains('%') {
        return URL_SAFE.decode(value).ok();
    }
    URL_SAFE.decode(value.replace("%3D", "=").replace("%3d", "=")).ok()
}

impl fmt::Debug for CookieCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieCodec")
            .field("name", &self.name)
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}
