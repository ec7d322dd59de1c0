//! Lets in who has one of the operators' tokens; everyone, where there are none.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::super::App;
use super::super::client_address::ClientAddress;
use super::super::error::ApiError;
use crate::authentication::bearer;

const NOT_LOCAL: &str = "Without an admin token, this side answers to localhost and to addresses.";

pub(in crate::http) async fn authorize(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if app.admin_tokens.is_empty() {
        if is_called_locally(&request) {
            return next.run(request).await;
        }
        return ApiError::forbidden(NOT_LOCAL).into_response();
    }
    let presented = bearer(request.headers());
    // Each of them is looked at, so that the time tells nothing of which it was.
    let matching = app
        .admin_tokens
        .iter()
        .filter(|token| presented.is_some_and(|presented| token.is(presented)))
        .count();
    if matching > 0 {
        return next.run(request).await;
    }
    let wrong = || ApiError::unauthorized_because("No valid admin token found in the request.");
    let from = ClientAddress::told(request.extensions(), request.headers(), &app);
    presented.and_then(|_| app.failures.another(from)).unwrap_or_else(wrong).into_response()
}

/// Whether the caller knows this side by an address, or as localhost. A web page
/// knows it by a name, which its owner can have lead here (DNS rebinding).
fn is_called_locally(request: &Request) -> bool {
    // HTTP/2 has it in the request's line, as it were (RFC 9113 §8.3.1).
    let authority = request.uri().authority().map(Authority::as_str);
    let header = || request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = authority.or_else(header).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}
