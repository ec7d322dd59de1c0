//! Authorization of admin API calls by an operator's token, or by local access if no token is
//! configured.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::authentication::{bearer, is_called_locally};
use crate::config::{AdminToken, TrustedProxies};
use crate::http::auth_failure_limit::RateLimiter;
use crate::http::extract::client_ip;
use crate::http::response::error::ApiError;

const NOT_LOCAL: &str =
    "Without an admin token, the host of a request must be localhost or an IP address.";

/// The rules of who may call the admin API.
pub(in crate::http) struct OperatorAccess {
    pub tokens: Vec<AdminToken>,
    pub trusted_proxies: Arc<TrustedProxies>,
    pub rate_limiter: Arc<RateLimiter>,
}

pub(in crate::http) async fn authorize(
    State(access): State<Arc<OperatorAccess>>,
    request: Request,
    next: Next,
) -> Response {
    match access.check(&request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

impl OperatorAccess {
    fn check(&self, request: &Request) -> Result<(), ApiError> {
        let headers = request.headers();
        if self.tokens.is_empty() {
            // The permissions of a Unix socket decide who may call, and web pages cannot.
            let is_local = client_ip::is_over_unix_socket(request.extensions())
                || is_called_locally(request.uri(), headers);
            return if is_local { Ok(()) } else { Err(ApiError::forbidden(NOT_LOCAL)) };
        }
        let presented = bearer(headers);
        // All tokens are compared, so that the timing does not reveal which one matched.
        let is_presented = |token: &&AdminToken| presented.is_some_and(|text| token.is(text));
        if self.tokens.iter().filter(is_presented).count() > 0 {
            return Ok(());
        }
        let address = client_ip::resolve(request.extensions(), headers, &self.trusted_proxies);
        let wait = presented.and_then(|_| self.rate_limiter.count_failure(address));
        Err(wait.map_or_else(
            || ApiError::unauthorized_because("No valid admin token found in the request."),
            ApiError::too_many_failures,
        ))
    }
}
