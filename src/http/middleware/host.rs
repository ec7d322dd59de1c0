//! The host of a request (RFC 9110 §7.2): a request whose host is missing, ambiguous or malformed
//! is refused, because proxies and caches before this service may read another one from it.
//!
//! This is a service of its own instead of an axum middleware, which allocates for each request.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::Ipv6Addr;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Version};
use axum::response::{IntoResponse as _, Response};
use futures_util::future::Either;
use tower_service::Service;

use crate::http::extract::client_ip;
use crate::http::response::error::ApiError;

const MISSING: &str = "The request has no Host header.";
const REPEATED: &str = "The request has more than one Host header.";
const INVALID: &str = "The Host header is invalid: expected a host and an optional port.";
const INVALID_TARGET: &str = "The host of the request target is invalid.";
const DIFFERENT: &str = "The Host header differs from the host of the request target.";

/// A service that passes on requests with a valid host only. Requests over a Unix socket need
/// none.
#[derive(Debug, Clone)]
pub(in crate::http) struct RequiredHost<S>(pub S);

impl<S> Service<Request> for RequiredHost<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Ready<Result<Response, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match check(&request) {
            Ok(()) => Either::Left(self.0.call(request)),
            Err(reason) => Either::Right(ready(Ok(ApiError::bad_request(reason).into_response()))),
        }
    }
}

fn check(request: &Request) -> Result<(), &'static str> {
    if client_ip::is_over_unix_socket(request.extensions()) {
        return Ok(());
    }
    let header = host_header(request.headers())?;
    let target = request.uri().authority().map(Authority::as_str);
    let target = target.map(|text| Host::parse(text).ok_or(INVALID_TARGET)).transpose()?;
    match (request.version(), header, target) {
        // HTTP/1.0 had no Host, and HTTP/2 has a target instead.
        (Version::HTTP_11, None, _) | (Version::HTTP_2, None, None) => Err(MISSING),
        // In HTTP/1.1, the target replaces the header (RFC 9112 §3.2.2). In HTTP/2, both are the
        // same (RFC 9113 §8.3.1).
        (Version::HTTP_2, Some(header), Some(target)) if !header.is(&target) => Err(DIFFERENT),
        _ => Ok(()),
    }
}

fn host_header(headers: &HeaderMap) -> Result<Option<Host<'_>>, &'static str> {
    let mut values = headers.get_all(HOST).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let host = value.to_str().ok().and_then(Host::parse);
            host.map(Some).ok_or(INVALID)
        }
        (Some(_), Some(_)) => Err(REPEATED),
    }
}

/// A host and a port (RFC 3986 §3.2).
struct Host<'a> {
    name: &'a str,
    /// Empty if there is none.
    port: &'a str,
}

impl<'a> Host<'a> {
    /// Parses a host, which cannot be empty in the URL of a web server (RFC 9110 §4.2.1).
    fn parse(text: &'a str) -> Option<Self> {
        let end_of_address = if text.starts_with('[') { text.find(']')? + 1 } else { 0 };
        let mut rest = text.bytes().skip(end_of_address);
        let (name, port) = match rest.position(|byte| byte == b':') {
            Some(colon) => (&text[..end_of_address + colon], &text[end_of_address + colon + 1..]),
            None => (text, ""),
        };
        (is_name(name) && is_port(port)).then_some(Self { name, port })
    }

    fn is(&self, other: &Self) -> bool {
        let has_same_port =
            self.port == other.port || self.port.is_empty() || other.port.is_empty();
        has_same_port && self.name.eq_ignore_ascii_case(other.name)
    }
}

fn is_name(name: &str) -> bool {
    if let Some(address) = name.strip_prefix('[') {
        // Some clients send the zone of a link-local address (RFC 6874).
        let address = address.strip_suffix(']').and_then(|address| address.split('%').next());
        return address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    }
    !name.is_empty() && name.bytes().all(is_allowed) && has_valid_escapes(name)
}

/// A comma is allowed in names, too, but here it separates two hosts that a proxy has joined.
fn is_allowed(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'!' | b'$'
        | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b';' | b'=' | b'%')
}

fn has_valid_escapes(name: &str) -> bool {
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit();
    if !name.contains('%') {
        return true;
    }
    let mut pieces = name.as_bytes().split(|byte| *byte == b'%').skip(1);
    pieces.all(|piece| piece.len() >= 2 && piece[..2].iter().all(is_hex))
}

fn is_port(port: &str) -> bool {
    port.is_empty() || port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::Host;

    #[test]
    fn host_has_a_name_or_an_address_and_perhaps_a_port() {
        for text in [
            "localhost",
            "EXAMPLE.org:8080",
            "example.org.",
            "example.org:",
            "my_service.internal:4433",
            "xn--bcher-kva.example",
            "b%C3%BCcher.example",
            "203.0.113.5:80",
            "[::1]",
            "[2001:db8::1]:443",
            "[fe80::1%25eth0]:443",
        ] {
            assert!(Host::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            ":80",
            "a b",
            "a,b",
            "a/b",
            "a?b",
            "a#b",
            "user@example.org",
            "http://example.org",
            "example.org:http",
            "example.org:+80",
            "example.org:80:80",
            "example.org:99999",
            "2001:db8::1",
            "[2001:db8::1",
            "[::1]x",
            "[]",
            "[localhost]",
            "a%",
            "a%4",
            "a%zz",
            "a%+1",
            "a\\b",
            "<script>",
            "b\u{fc}cher.example",
        ] {
            assert!(Host::parse(text).is_none(), "{text}");
        }
    }
}
