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

impl TryFrom<String> for AllowedOrigin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "*" {
            return Err("expected an origin such as `https://app.example.org`, got `*`: pages of \
                        any origin must not call with a visitor's cookie"
                .to_owned());
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
