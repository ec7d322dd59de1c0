//! A line of the credentials: a kind and a value, or a header as developer tools copy it.

use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE};

const SESSION_TOKEN: HeaderName = HeaderName::from_static("x-session-token");

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    Token,
    Cookie,
    Bearer,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Cookie => "cookie",
            Self::Bearer => "bearer",
        }
    }

    pub(super) fn header(self) -> HeaderName {
        match self {
            Self::Token => SESSION_TOKEN,
            Self::Cookie => COOKIE,
            Self::Bearer => AUTHORIZATION,
        }
    }
}

/// The kind and the value. `None` if the line is no credential.
pub(super) fn parse(line: &str) -> Option<(Kind, &str)> {
    let (name, value) = field(line)?;
    let (kind, value) = match name.to_ascii_lowercase().as_str() {
        "token" | "x-session-token" => (Kind::Token, value),
        "cookie" => (Kind::Cookie, value),
        "bearer" => (Kind::Bearer, value),
        "authorization" => (Kind::Bearer, of_bearer(value)?),
        _ => return None,
    };
    let is_value = match kind {
        Kind::Cookie => value.contains('='),
        Kind::Token | Kind::Bearer => !value.is_empty() && !value.contains([' ', '\t']),
    };
    is_value.then_some((kind, value))
}

/// A name and a value, with a colon, a space or a tab between them.
fn field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_at(line.find([':', ' ', '\t'])?);
    let value = value.trim_start();
    Some((name, value.strip_prefix(':').unwrap_or(value).trim()))
}

fn of_bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once([' ', '\t'])?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_kinds_are_read_in_any_case() {
        for line in [
            "token a:b",
            "Token a:b",
            "TOKEN\ta:b",
            "token: a:b",
            "X-Session-Token: a:b",
            "x-session-token:a:b",
            "X-SESSION-TOKEN a:b",
        ] {
            assert_eq!(parse(line), Some((Kind::Token, "a:b")), "{line}");
        }
        for line in [
            "cookie s=MTc5==; t=1",
            "Cookie s=MTc5==; t=1",
            "Cookie: s=MTc5==; t=1",
            "cookie: s=MTc5==; t=1",
            "COOKIE:s=MTc5==; t=1",
            "Cookie : s=MTc5==; t=1",
            "Cookie\ts=MTc5==; t=1",
        ] {
            assert_eq!(parse(line), Some((Kind::Cookie, "s=MTc5==; t=1")), "{line}");
        }
        for line in [
            "bearer a",
            "Bearer a",
            "BEARER: a",
            "Authorization: Bearer a",
            "authorization: bearer a",
            "AUTHORIZATION:BEARER  a",
            "authorization Bearer\ta",
        ] {
            assert_eq!(parse(line), Some((Kind::Bearer, "a")), "{line}");
        }
    }

    #[test]
    fn other_lines_are_no_credentials() {
        for line in [
            "token",
            "token:",
            ":",
            "token Bearer a",
            "cookie: secret",
            "cookies: s=a",
            "Set-Cookie: s=a",
            "Authorization: a",
            "Authorization: Basic a",
            "Authorization: Bearer",
            "Authorization: Bearer a b",
            "Bearer Bearer a",
            "X-Session-Token: a b",
            "X-Session-Token",
            ":authority: kratos",
            "Host: kratos",
        ] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
