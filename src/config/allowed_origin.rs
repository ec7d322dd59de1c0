//! The web origins whose pages may call with their visitors' cookies.

use http::HeaderValue;
use serde::Deserialize;
use url::{Host, Url};

use crate::config::deserializers::origin;
use crate::config::public_suffix;

/// One origin, or those of all subdomains of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum AllowedOrigin {
    Exact(HeaderValue),
    Subdomains(Subdomains),
    AnyPort(AnyPort),
}

/// The origins of one host of this machine, with any port, for development: the pattern
/// `http://localhost:*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyPort {
    /// `http://localhost`
    without_port: String,
}

impl AnyPort {
    /// Returns true if this is such an origin, in the form in which browsers send it.
    #[must_use]
    pub fn contains(&self, origin: &[u8]) -> bool {
        let is_port = |port: &[u8]| !port.is_empty() && port.iter().all(u8::is_ascii_digit);
        origin
            .strip_prefix(self.without_port.as_bytes())
            .is_some_and(|rest| rest.is_empty() || rest.strip_prefix(b":").is_some_and(is_port))
    }

    fn parse(text: &str, without_port: &str) -> Result<Self, String> {
        let url = origin(without_port).and_then(|_| Url::parse(without_port).ok());
        let is_local = url.filter(|url| url.port().is_none()).is_some_and(|url| match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        });
        if is_local {
            return Ok(Self { without_port: without_port.to_owned() });
        }
        Err(format!(
            "expected `*` in the place of a port only for this machine, as in \
             `http://localhost:*`, got `{text}`"
        ))
    }
}

/// The origins of a domain's subdomains, at any depth, with one scheme and one port: the pattern
/// `https://*.example.org` of Kratos, whose `*` stands for one or more whole labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subdomains {
    /// `https://`
    scheme: String,
    /// `.example.org`, with the port
    domain: String,
}

impl Subdomains {
    /// Returns true if this is the origin of a subdomain, in the form in which browsers send it.
    #[must_use]
    pub fn contain(&self, origin: &[u8]) -> bool {
        let is_of_label = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        origin
            .strip_prefix(self.scheme.as_bytes())
            .and_then(|host| host.strip_suffix(self.domain.as_bytes()))
            .is_some_and(|labels| {
                let mut labels = labels.split(|byte| *byte == b'.');
                labels.all(|label| !label.is_empty() && label.iter().all(is_of_label))
            })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "expected `*` in the place of a subdomain only, as in `https://*.example.org`, got \
                 `{text}`"
            )
        };
        let (scheme, domain) = text.split_once("*.").ok_or_else(expected)?;
        if !matches!(scheme, "http://" | "https://") || domain.contains('*') {
            return Err(expected());
        }
        let parent = format!("{scheme}{domain}");
        let url = origin(&parent).and_then(|_| Url::parse(&parent).ok()).ok_or_else(expected)?;
        let Some(Host::Domain(host)) = url.host() else { return Err(expected()) };
        if public_suffix::is_listed(host) || is_anybodys(host) {
            return Err(format!(
                "expected an origin such as `https://*.example.org`, got `{text}`: anybody can \
                 have a subdomain of `{host}`"
            ));
        }
        Ok(Self { scheme: scheme.to_owned(), domain: format!(".{domain}") })
    }
}

/// Returns true for a top-level domain that the list of public suffixes does not have. Those of
/// `localhost` are on this machine (RFC 6761).
fn is_anybodys(host: &str) -> bool {
    public_suffix::is_single_word(host) && host != "localhost"
}

impl AllowedOrigin {
    /// Returns true if this is the origin, or one of the pattern.
    #[must_use]
    pub fn contains(&self, origin: &[u8]) -> bool {
        match self {
            Self::Exact(exact) => exact.as_bytes() == origin,
            Self::Subdomains(pattern) => pattern.contain(origin),
            Self::AnyPort(pattern) => pattern.contains(origin),
        }
    }
}

impl TryFrom<String> for AllowedOrigin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "*" {
            return Err("expected an origin such as `https://app.example.org`, got `*`: pages of \
                        any origin must not call with a visitor's cookie"
                .to_owned());
        }
        if let Some(without_port) = text.strip_suffix(":*").filter(|text| !text.contains('*')) {
            return AnyPort::parse(&text, without_port).map(Self::AnyPort);
        }
        if text.contains('*') {
            return Subdomains::parse(&text).map(Self::Subdomains);
        }
        origin(&text).map(Self::Exact).ok_or_else(|| {
            format!("expected an origin such as `https://app.example.org`, got `{text}`")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_port_is_one_of_this_machine_only() {
        let any = AllowedOrigin::try_from("http://localhost:*".to_owned()).unwrap();
        let AllowedOrigin::AnyPort(any) = any else { panic!("{any:?}") };
        for (origin, is_contained) in [
            ("http://localhost", true),
            ("http://localhost:5173", true),
            ("https://localhost:5173", false),
            ("http://localhost:", false),
            ("http://localhost:1.evil.org", false),
            ("http://localhost.evil.org", false),
            ("http://localhostevil.org:80", false),
            ("http://localhost:80@evil.org", false),
        ] {
            assert_eq!(any.contains(origin.as_bytes()), is_contained, "{origin}");
        }
        for refused in [
            "http://example.org:*",
            "http://localhost.example.org:*",
            "http://10.0.0.1:*",
            "http://localhost:8080:*",
        ] {
            assert!(AllowedOrigin::try_from(refused.to_owned()).is_err(), "{refused}");
        }
        for accepted in ["http://127.0.0.1:*", "http://[::1]:*", "https://localhost:*"] {
            assert!(AllowedOrigin::try_from(accepted.to_owned()).is_ok(), "{accepted}");
        }
    }

    #[test]
    fn pattern_matches_whole_labels_of_its_own_scheme_and_port() {
        let subdomains = Subdomains::parse("https://*.example.org:8443").unwrap();
        for (origin, is_contained) in [
            ("https://app.example.org:8443", true),
            ("https://a.b-c.example.org:8443", true),
            ("https://xn--bcher-kva.example.org:8443", true),
            ("https://example.org:8443", false),
            ("https://.example.org:8443", false),
            ("https://a..example.org:8443", false),
            ("https://app.example.org", false),
            ("http://app.example.org:8443", false),
            ("https://appexample.org:8443", false),
            ("https://app.example.org:84430", false),
            ("https://evil.org/.example.org:8443", false),
            ("https://evil.org#.example.org:8443", false),
            ("https://user@app.example.org:8443", false),
            ("null", false),
        ] {
            assert_eq!(subdomains.contain(origin.as_bytes()), is_contained, "{origin}");
        }
    }
}
