//! The URLs to which a link may send people.

use http::HeaderValue;
use serde::Deserialize;
use url::Url;

use crate::config::AllowedOrigin;

/// A URL with all URLs below it: those with the same origin, and with the same path or one below.
/// The origin may stand for those of all subdomains of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ReturnUrl {
    origin: AllowedOrigin,
    /// Without a trailing slash.
    path: String,
}

impl ReturnUrl {
    /// Returns whether a URL is this one or below it. A URL with a user name or a password is not.
    #[must_use]
    pub fn contains(&self, url: &Url) -> bool {
        let origin = url.origin().ascii_serialization();
        let has_origin = self.origin.contains(origin.as_bytes());
        let below = url.path().strip_prefix(&self.path);
        let has_path = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        has_origin && has_path && url.username().is_empty() && url.password().is_none()
    }
}

impl TryFrom<String> for ReturnUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let expected = || {
            format!(
                "expected an http or https URL such as `https://app.example.org/`, got `{text}`"
            )
        };
        let url = Url::parse(&text).map_err(|_| expected())?;
        let is_plain = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().or(url.query()).or(url.fragment()).is_none();
        if !is_plain {
            return Err(expected());
        }
        let origin = AllowedOrigin::try_from(url.origin().ascii_serialization())?;
        Ok(Self { origin, path: url.path().trim_end_matches('/').to_owned() })
    }
}

impl From<&Url> for ReturnUrl {
    fn from(url: &Url) -> Self {
        // The origin of a URL consists of characters that a header may contain.
        let origin = HeaderValue::try_from(url.origin().ascii_serialization());
        let origin = origin.unwrap_or(const { HeaderValue::from_static("null") });
        let path = url.path().trim_end_matches('/').to_owned();
        Self { origin: AllowedOrigin::Exact(origin), path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_contains_itself_and_those_below_it() {
        let contains = |of: &str, url: &str| {
            let of = ReturnUrl::try_from(of.to_owned()).unwrap();
            of.contains(&Url::parse(url).unwrap())
        };
        for (of, url, is_contained) in [
            ("https://app.example.org", "https://app.example.org/", true),
            ("https://app.example.org", "https://app.example.org/a?b=c#d", true),
            ("https://app.example.org/", "https://APP.example.org:443/a", true),
            ("https://app.example.org/a", "https://app.example.org/a", true),
            ("https://app.example.org/a/", "https://app.example.org/a/b", true),
            ("https://app.example.org/a", "https://app.example.org/ab", false),
            ("https://app.example.org/a", "https://app.example.org/a/../b", false),
            ("https://app.example.org", "http://app.example.org/", false),
            ("https://app.example.org", "https://app.example.org:8443/", false),
            ("https://app.example.org", "https://app.example.org.evil.org/", false),
            ("https://app.example.org", "https://user@app.example.org/", false),
            ("https://*.example.org", "https://app.example.org/", true),
            ("https://*.example.org", "https://example.org/", false),
            ("https://*.example.org", "https://evil.org/.example.org/", false),
        ] {
            assert_eq!(contains(of, url), is_contained, "{of} {url}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "/a", "app", "ftp://a.org/", "https://a.org/?b", "https://u:p@a.org/"] {
            assert!(ReturnUrl::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
