//! Authorization of admin API calls by an operator's token, or by local access if no token is
//! configured.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::authentication::{bearer, is_called_locally};
use crate::http::AppState;
use crate::http::extract::client_address::ClientAddress;
use crate::http::response::error::ApiError;

const NOT_LOCAL: &str =
    "Without an admin token, the host of a request must be localhost or an IP address.";

pub(in crate::http) async fn authorize(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    if app.admin_tokens.is_empty() {
        if is_called_locally(request.uri(), request.headers()) {
            return next.run(request).await;
        }
        return ApiError::forbidden(NOT_LOCAL).into_response();
    }
    let presented = bearer(request.headers());
    // All tokens are compared, so that the timing does not reveal which one matched.
    let matching = app
        .admin_tokens
        .iter()
        .filter(|token| presented.is_some_and(|presented| token.is(presented)))
        .count();
    if matching > 0 {
        return next.run(request).await;
    }
    let unauthorized =
        || ApiError::unauthorized_because("No valid admin token found in the request.");
    let from = ClientAddress::resolve(request.extensions(), request.headers(), &app);
    presented
        .and_then(|_| app.rate_limiter.another(from))
        .unwrap_or_else(unauthorized)
        .into_response()
}
