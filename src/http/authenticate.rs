//! Makes a session token of a request, or refuses it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::VARY;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::App;
use super::error::ApiError;

/// Whatever these answer depends on the headers that carry credentials.
const CREDENTIAL_HEADERS: HeaderValue =
    HeaderValue::from_static("Cookie, X-Session-Token, Authorization");

/// Hands the token on as an extension of the request.
pub(super) async fn authenticate(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut response = match app.credentials.session_token(request.headers(), app.clock.now()) {
        None => ApiError::unauthorized().into_response(),
        Some(token) => {
            request.extensions_mut().insert(token);
            next.run(request).await
        }
    };
    response.headers_mut().append(VARY, CREDENTIAL_HEADERS);
    response
}
