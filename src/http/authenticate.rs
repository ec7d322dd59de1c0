//! Makes a credential of a request, or refuses it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::VARY;
use axum::http::request::Parts;
use axum::response::Response;
use time::OffsetDateTime;

use super::App;
use super::error::ApiError;
use crate::authentication::Credential;

/// What a request presents, and when: the one time of this request. As an argument
/// of its handler.
pub(super) struct Presented {
    pub credential: Credential,
    pub now: OffsetDateTime,
}

impl FromRequestParts<Arc<App>> for Presented {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let now = app.clock.now();
        let credential = app.credentials.find(&parts.headers, now);
        Ok(Self { credential: credential.ok_or_else(ApiError::unauthorized)?, now })
    }
}

/// Says of an answer that it depends on the headers that carry credentials.
pub(super) async fn vary(mut response: Response) -> Response {
    const CREDENTIAL_HEADERS: HeaderValue =
        HeaderValue::from_static("Cookie, X-Session-Token, Authorization");
    response.headers_mut().append(VARY, CREDENTIAL_HEADERS);
    response
}
