//! Makes a credential of a request, or refuses it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::VARY;
use axum::http::request::Parts;
use axum::response::Response;

use super::App;
use super::error::ApiError;
use crate::authentication::Credential;

/// What a request presents, as an argument of its handler.
pub(super) struct Presented(pub Credential);

impl FromRequestParts<Arc<App>> for Presented {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let credential = app.credentials.find(&parts.headers, app.clock.now());
        credential.map(Self).ok_or_else(ApiError::unauthorized)
    }
}

/// Says of an answer that it depends on the headers that carry credentials.
pub(super) async fn vary(mut response: Response) -> Response {
    const CREDENTIAL_HEADERS: HeaderValue =
        HeaderValue::from_static("Cookie, X-Session-Token, Authorization");
    response.headers_mut().append(VARY, CREDENTIAL_HEADERS);
    response
}
