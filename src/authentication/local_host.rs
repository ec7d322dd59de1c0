//! Host check for a listener that only this machine may call.

use std::net::IpAddr;

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Uri};

/// Returns true if the request's host is an IP address or localhost. A web page may use a
/// domain that its owner points to this machine (DNS rebinding). Such requests fail this
/// check.
#[must_use]
pub fn is_called_locally(uri: &Uri, headers: &HeaderMap) -> bool {
    // HTTP/2 has the host in the request target (RFC 9113 §8.3.1).
    let authority = uri.authority().map(Authority::as_str);
    let header = || headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = authority.or_else(header).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}
