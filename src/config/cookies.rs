//! The name, the domain, the path and the site of cookies.

use serde::Deserialize;

/// The name of a cookie: a token (RFC 6265).
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct CookieName(String);

impl CookieName {
    /// Leaves enough of the 4096 bytes that browsers accept for a name and its value.
    const MAX_LENGTH: usize = 1024;

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CookieName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(good) {
            return Err("expected a cookie name: letters, digits and !#$%&'*+-.^_`|~".to_owned());
        }
        if name.len() > Self::MAX_LENGTH {
            return Err(format!("expected a cookie name of at most {} bytes", Self::MAX_LENGTH));
        }
        Ok(Self(name))
    }
}

/// The requests of other sites with which browsers send the cookie (RFC 6265bis §5.6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum SameSite {
    Lax,
    Strict,
    None,
}

/// The domain for which a cookie is set, in lower case and without a leading dot, which browsers
/// ignore (RFC 6265 §5.2.3).
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct CookieDomain(String);

impl CookieDomain {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CookieDomain {
    type Error = String;

    fn try_from(domain: String) -> Result<Self, String> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        let name = domain.strip_prefix('.').unwrap_or(&domain);
        if name.is_empty() || !name.bytes().all(good) {
            return Err("expected a domain such as `example.org`".to_owned());
        }
        Ok(Self(name.to_ascii_lowercase()))
    }
}

/// The path under which a cookie is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct CookiePath(String);

impl CookiePath {
    /// Browsers ignore longer values of attributes (RFC 6265bis §5.6).
    const MAX_LENGTH: usize = 1024;

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CookiePath {
    type Error = String;

    fn try_from(path: String) -> Result<Self, String> {
        let good = |byte: u8| byte.is_ascii_graphic() && byte != b';';
        if !path.starts_with('/') || !path.bytes().all(good) {
            return Err("expected a path such as `/`".to_owned());
        }
        if path.len() > Self::MAX_LENGTH {
            return Err(format!("expected a path of at most {} bytes", Self::MAX_LENGTH));
        }
        Ok(Self(path))
    }
}
